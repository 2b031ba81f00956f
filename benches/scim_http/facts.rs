//! What is no row of the table: durable writes a second, and how long a start takes.

use std::time::{Duration, Instant};

use super::connection::{Connection, Request, Target};
use super::load::Load;
use super::server::Server;
use super::suite::{Suite, database_url};
use super::table::Fact;
use super::users::user;

/// Starts of which the median is taken.
const STARTS: usize = 5;

impl Suite {
    /// Measures durable creations a second, and compares them with what so many connections could
    /// do if each waited for a fdatasync of its own.
    pub(crate) async fn measure_durability(&mut self) {
        if !self.wants("durable") {
            return;
        }
        for (connections, pass) in [(8_u32, Some(0.7)), (64, None)] {
            let series = format!("durable{connections}");
            let load = Load::new(|n, _| Request::send("POST", "/Users", &user(&series, n)))
                .check(|_, answer| answer.is(&[201]))
                .connections(usize::try_from(connections).unwrap_or_default());
            let measured = self.send(load).await;
            let possible = f64::from(connections) / self.fdatasync.as_secs_f64();
            let fact = Fact::durable(connections, measured.per_second(), possible, pass);
            self.report.fact(fact);
        }
    }

    /// Measures how long our binary takes to be ready on the database that is there.
    pub(crate) async fn measure_start(&mut self) -> anyhow::Result<()> {
        let Some(server) = self.server.take().filter(|_| self.wants("start")) else {
            return Ok(());
        };
        server.stop()?;
        let database_url = database_url(&self.settings, self.folder.path());
        let mut times = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            let start = Instant::now();
            let server = Server::start(&database_url, self.folder.path())?;
            let root = server.url.trim_end_matches("/scim/v2").to_owned();
            let target = Target::new(&root, "none")?.into();
            loop {
                let ready = Request::get("/health/ready");
                let ready = Connection::new(&target).send(ready).await;
                if ready.is_ok_and(|answer| answer.status == 200) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            times.push(start.elapsed());
            server.stop()?;
        }
        times.sort_unstable();
        let median = times[STARTS / 2].as_secs_f64() * 1e3;
        self.report
            .fact(Fact::at_most("start to ready", median, "ms", 300.0));
        Ok(())
    }
}
