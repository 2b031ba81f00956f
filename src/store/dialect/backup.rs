//! Copies of an SQLite database, while it is in use; PostgreSQL has its own tools for that.
//!
//! # Why
//! `VACUUM INTO` reads one state of the database, whatever is written meanwhile, and leaves out
//! what was deleted. A copy gets its name when it is whole and on the disk, so what has the name
//! is a backup.

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use migrations::MigratorTrait as _;
use rusqlite::{Connection, OpenFlags};

use super::super::error::StoreError;
use super::{sqlite, unavailable};

fn path_of<'u>(url: &'u str, otherwise: &str) -> Result<&'u Path, StoreError> {
    let path = sqlite::path(url).map(Path::new);
    path.ok_or_else(|| {
        unavailable(format!(
            "this is for SQLite; for PostgreSQL use {otherwise}"
        ))
    })
}

/// Copies the database of a URL into a new file.
pub(super) fn backup(url: &str, file: &Path) -> Result<(), StoreError> {
    let path = path_of(url, "pg_dump")?;
    let source = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| about(path, error))?;
    refuse_existing(file)?;
    let partial = Partial::new(file)?;
    source
        .busy_timeout(super::PATIENCE)
        .and_then(|()| source.execute("VACUUM INTO ?1", [partial.path.to_string_lossy()]))
        .map_err(|error| about(file, error))?;
    partial.finish(file)
}

/// Puts a backup where a URL says that the database is, and where none is yet.
pub(super) fn restore(url: &str, file: &Path) -> Result<(), StoreError> {
    let path = path_of(url, "psql or pg_restore")?;
    refuse_existing(path)?;
    let partial = Partial::new(path)?;
    fs::copy(file, &partial.path).map_err(|error| about(file, error))?;
    check(&partial.path).map_err(|what| about(file, what))?;
    partial.finish(path)
}

/// Says what keeps a file from being a backup of ours.
fn check(path: &Path) -> Result<(), String> {
    check_length(path)?;
    let text = |error: rusqlite::Error| format!("this is no backup of Vestibule: {error}");
    let copy =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(text)?;
    let sound: String = copy
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(text)?;
    if sound != "ok" {
        return Err(format!("the backup is damaged: {sound}"));
    }
    let mut steps = copy
        .prepare("SELECT version FROM seaql_migrations ORDER BY version")
        .map_err(text)?;
    let steps: Vec<String> = steps
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(text)?;
    let known = migrations::Migrator::migrations();
    let known: Vec<&str> = known.iter().map(|step| step.name()).collect();
    match steps.iter().find(|step| !known.contains(&step.as_str())) {
        Some(step) => Err(format!("a newer version wrote the backup ({step})")),
        None if steps.is_empty() => Err("this is no backup of Vestibule: it is empty".into()),
        None => Ok(()),
    }
}

/// Compares a file's length with what its header says (the SQLite file format, §1.3): SQLite
/// would take what is missing at the end of the last page for zeros.
fn check_length(path: &Path) -> Result<(), String> {
    let no = |_| "this is no backup of Vestibule: it is no SQLite database".to_owned();
    let mut header = [0; 100];
    let mut file = File::open(path).map_err(no)?;
    file.read_exact(&mut header).map_err(no)?;
    let length = file.metadata().map_err(no)?.len();
    let number = |at: usize, bytes: usize| {
        let bytes = header.iter().skip(at).take(bytes);
        bytes.fold(0, |n, byte| n * 256 + u64::from(*byte))
    };
    let page = match number(16, 2) {
        1 => 65_536,
        size => size,
    };
    if length == page * number(28, 4) {
        Ok(())
    } else {
        Err("the backup is damaged: it is not as long as it says".to_owned())
    }
}

fn refuse_existing(path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(about(path, "the file exists, and is not overwritten")),
        Err(_) => Ok(()),
    }
}

fn about(path: &Path, what: impl std::fmt::Display) -> StoreError {
    unavailable(format!("{}: {what}", path.display()))
}

/// A file beside the one that it will be, which goes away if it does not become it.
struct Partial {
    path: PathBuf,
}

impl Partial {
    /// An empty file for its owner alone: it will hold what people are called.
    fn new(target: &Path) -> Result<Self, StoreError> {
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let path = PathBuf::from(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| about(target, error))?;
        Ok(Self { path })
    }

    /// Gives the file its name, once it is on the disk, unless another has it.
    fn finish(self, target: &Path) -> Result<(), StoreError> {
        let folder = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        File::open(&self.path)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::hard_link(&self.path, target))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| about(target, error))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(end);
            let _ = fs::remove_file(name);
        }
    }
}
