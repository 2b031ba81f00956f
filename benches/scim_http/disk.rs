//! What the disk can do at most, measured in the same run.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Appends of which the median is taken.
const APPENDS: usize = 200;

/// Returns the median time of an append of 4 KiB with the fdatasync that follows it.
pub(crate) fn fdatasync(folder: &Path) -> anyhow::Result<Duration> {
    let path = folder.join("fdatasync");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(APPENDS);
    for _ in 0..APPENDS {
        let start = Instant::now();
        file.write_all(&[b'x'; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[APPENDS / 2])
}

/// Waits until what was loaded is written, and has the system read all of it once.
///
/// The small database was in the system's memory when it was measured; a large one that is not
/// would be charged for the system's reading of blocks, which costs more than the lookup.
pub(crate) fn settle(folder: &Path) {
    drop(Command::new("sync").status());
    for file in folder.read_dir().into_iter().flatten().flatten() {
        let read = File::open(file.path()).and_then(|mut it| io::copy(&mut it, &mut io::sink()));
        drop(read);
    }
}
