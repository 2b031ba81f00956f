//! Runs the specimen by hand: `cargo run -p conformance --example stub -- --port 9090 --break C7`.

#[path = "../tests/stub/mod.rs"]
mod stub;

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A rule to break; may be given several times.
    #[arg(long = "break")]
    broken: Vec<String>,
}

#[allow(clippy::print_stdout, reason = "a program for people")]
fn main() {
    let arguments = Arguments::parse();
    let broken: Vec<&str> = arguments.broken.iter().map(String::as_str).collect();
    let stub = stub::Stub::start_at(arguments.port, &broken);
    println!("{} with token {}", stub.base_url(), stub.token());
    stub.wait();
}
