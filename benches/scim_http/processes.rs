//! CPU time and memory of processes and their descendants, from `/proc`.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Duration;

/// The kernel's ticks in `/proc/PID/stat`: `USER_HZ`, 100 on every Linux that we run on.
const TICK: Duration = Duration::from_millis(10);

/// Processes that are counted together with all that descend from them.
#[derive(Clone, Debug)]
pub(crate) struct Processes(pub(crate) Vec<u32>);

/// Returns the CPU time that all processes of the machine have used, and what its host took.
pub(crate) fn cpu_of_all() -> Duration {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.split_whitespace().skip(1).take(8).enumerate();
    // the fourth and fifth are idle time
    let ticks: u64 = fields
        .filter(|(n, _)| !matches!(n, 3 | 4))
        .filter_map(|(_, field)| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(10 * ticks)
}

/// Memory in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// All that is in RAM, with the pages of files that are mapped: the binary, SQLite's database.
    pub(crate) resident: f64,
    /// The part that no file backs.
    pub(crate) anonymous: f64,
}

/// What `/proc/PID/stat` says of a process.
struct Stat {
    parent: u32,
    /// User and system time.
    own: Duration,
    /// The same with that of ended children.
    cpu: Duration,
}

impl Processes {
    /// Returns the CPU time used so far, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        self.tree().into_iter().map(|(_, cpu)| cpu).sum()
    }

    /// Returns the CPU time of the processes themselves, without their descendants'.
    pub(crate) fn own_cpu(&self) -> Duration {
        let stats = self.0.iter().filter_map(|process| stat(*process));
        stats.map(|stat| stat.own).sum()
    }

    /// Returns the resident memory, in MiB. Shared pages count for each process.
    pub(crate) fn memory(&self) -> Memory {
        let of = |field| {
            let tree = self.tree().into_iter();
            let each = tree.filter_map(|(process, _)| kib(process, field));
            each.sum::<f64>() / 1024.0
        };
        Memory {
            resident: of("VmRSS:"),
            anonymous: of("RssAnon:"),
        }
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
    let ticks = |fields: &[&str]| -> Duration {
        let ticks = fields.iter().filter_map(|it| it.parse::<u32>().ok());
        TICK * ticks.sum::<u32>()
    };
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(fields.get(11..13)?),
        cpu: ticks(fields.get(11..15)?),
    })
}

/// Returns a field of `/proc/PID/status` that is in KiB.
fn kib(process: u32, field: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
