//! What the server does in a second, and what it costs: `cargo bench --bench scim_http`.
//!
//! Drives the release binary over HTTP as identity providers do, checks every answer, and puts
//! what an operation costs in CPU beside what it costs a handler that does nothing. CPU time can
//! be compared where operations per second cannot, as long as others leave the cores alone, which
//! the table shows. In reading order: [`settings`] and [`suite`] (what a measurement is),
//! [`users`], [`groups`] and [`facts`] (what is measured), [`table`] (what should come out), and
//! below them the machinery.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a benchmark prints, and fails by panicking"
)]

mod connection;
mod disk;
mod facts;
mod groups;
mod load;
mod noop;
mod processes;
mod server;
mod settings;
mod suite;
mod table;
mod users;

use clap::Parser;

use settings::Settings;
use suite::Suite;

/// The server's, so that the handler that does nothing has it too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(noop::ARGUMENT) {
        return noop::serve();
    }
    let settings = Settings::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(settings))
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut suite = Suite::start(settings).await?;
    suite.measure_noop().await;
    if suite.settings.growth {
        suite.grow().await;
    } else {
        suite.load_users(suite.settings.users).await;
        suite.note_memory("memory, loaded");
        suite.look_up().await;
        suite.page().await;
        suite.change_users().await;
        suite.change_groups().await;
        suite.measure_durability().await;
        suite.note_memory("memory, at the end");
        suite.measure_start().await?;
    }
    suite.report()
}
