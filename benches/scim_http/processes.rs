//! CPU time and memory of processes and their descendants, from `/proc`.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Duration;

/// The kernel's ticks in `/proc/PID/stat`: `USER_HZ`, 100 on every Linux that we run on.
const TICK: Duration = Duration::from_millis(10);

/// Processes that are counted together with all that descend from them.
#[derive(Clone, Debug)]
pub(crate) struct Processes(pub(crate) Vec<u32>);

/// What `/proc/PID/stat` says of a process.
struct Stat {
    parent: u32,
    /// User and system time, with that of ended children.
    cpu: Duration,
}

impl Processes {
    /// Returns the CPU time used so far, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        self.tree().into_iter().map(|(_, cpu)| cpu).sum()
    }

    /// Returns the resident memory in MiB. Shared pages count for each process.
    pub(crate) fn memory(&self) -> f64 {
        let tree = self.tree().into_iter();
        tree.filter_map(|(process, _)| resident_kib(process))
            .sum::<f64>()
            / 1024.0
    }

    fn tree(&self) -> Vec<(u32, Duration)> {
        let all: HashMap<u32, Stat> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|process| Some((process, stat(process)?)))
            .collect();
        let is_ours = |process: &u32| {
            let (mut process, mut seen) = (*process, HashSet::new());
            while seen.insert(process) {
                if self.0.contains(&process) {
                    return true;
                }
                process = all.get(&process).map_or(0, |stat| stat.parent);
            }
            false
        };
        all.iter()
            .filter(|(process, _)| is_ours(process))
            .map(|(process, stat)| (*process, stat.cpu))
            .collect()
    }
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // the name in brackets may contain anything; what follows it is numbers
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks: u32 = fields
        .get(11..15)?
        .iter()
        .filter_map(|it| it.parse::<u32>().ok())
        .sum();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        cpu: TICK * ticks,
    })
}

fn resident_kib(process: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
