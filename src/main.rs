//! The `vestibule` command.

use vestibule::config::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    vestibule::app::run(Cli::load(std::env::args_os())?).await
}
