//! The data folder: it belongs to one process at a time, and tells others how to reach that process.
//!
//! ```text
//! kefu-data/            0700
//!   kefu.lock           held while a process uses the folder; its id is inside
//!   kefu.alive          held by the same process, for others to see that it is there
//!   run.json            how to reach that process, while it is ready
//!   admin.key           0600; the API key made at the first start
//!   process.ring        0600; the key ring made at the first start
//!   tickets.db …        a service's SQLite file
//!   bus.db              the embedded event log
//! ```

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const LOCK: &str = "kefu.lock";
/// Who looks for the process tries this lock for a moment, never that of the folder itself: a start at
/// that moment would find the folder in use.
const ALIVE: &str = "kefu.alive";
const RUN: &str = "run.json";

/// The data folder, held by this process until dropped.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
    _alive: File,
}

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process has it.
    #[error(
        "the data folder {} is in use by process {pid}; stop that one, or choose another folder \
         with --data", path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other process's id, as it wrote it.
        pid: String,
    },
    /// It cannot be made, read or written.
    #[error("cannot use {} in the data folder", path.display())]
    Io {
        /// The file or folder concerned.
        path: PathBuf,
        #[source]
        error: io::Error,
    },
}

/// How to reach the process that uses a data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFile {
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// Its services.
    pub services: Vec<String>,
    /// Where callers reach it, where it serves them.
    pub public: Option<SocketAddr>,
    /// Whether that address is TLS.
    pub public_tls: bool,
    /// Where other processes reach it, where they do.
    pub internal: Option<SocketAddr>,
}

impl DataFolder {
    /// Takes the folder, making it where it does not exist.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| io_error(path, error))?;
        let path = path.canonicalize().map_err(|error| io_error(path, error))?;
        let at = path.join(LOCK);
        let mut lock = open_lock(&at).map_err(|error| io_error(&at, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let read = lock.read_to_string(&mut pid);
                read.map_err(|error| io_error(&at, error))?;
                return Err(DataError::InUse { path, pid: pid.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(io_error(&at, error)),
        }
        write_pid(&mut lock).map_err(|error| io_error(&at, error))?;
        let at = path.join(ALIVE);
        let alive = open_lock(&at).map_err(|error| io_error(&at, error))?;
        // Only who looks can have it, and lets go at once.
        alive.lock().map_err(|error| io_error(&at, error))?;
        Ok(Self { path, _lock: lock, _alive: alive })
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SQLite URL of `service`'s database.
    pub fn database_url(&self, service: &str) -> String {
        format!("sqlite://{}", self.path.join(format!("{service}.db")).display())
    }

    /// The file of the embedded event log.
    pub fn bus(&self) -> PathBuf {
        self.path.join("bus.db")
    }

    /// The file of the key ring made at the first start.
    pub fn ring(&self) -> PathBuf {
        self.path.join("process.ring")
    }

    /// The file of the API key made at the first start.
    pub fn admin_key(&self) -> PathBuf {
        admin_key(&self.path)
    }

    /// Tells how to reach this process, now that it is ready.
    pub fn announce(&self, run: &RunFile) -> Result<(), DataError> {
        let path = self.path.join(RUN);
        let text = serde_json::to_string_pretty(run).unwrap_or_default();
        write_private(&path, &text).map_err(|error| io_error(&path, error))
    }

    /// Takes that back, now that it stops.
    pub fn withdraw(&self) {
        // Absent where it was never announced.
        let _ = std::fs::remove_file(self.path.join(RUN));
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// The process that uses the folder at `path` and is ready; none where there is none, also where one
/// was killed and left its file behind.
pub fn running(path: &Path) -> Option<RunFile> {
    let alive = File::open(path.join(ALIVE)).ok()?;
    if !matches!(alive.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    serde_json::from_str(&std::fs::read_to_string(path.join(RUN)).ok()?).ok()
}

/// The file of the API key made at the first start in the folder at `path`.
pub fn admin_key(path: &Path) -> PathBuf {
    path.join("admin.key")
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // A bare name lies in the present folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}

fn io_error(path: &Path, error: io::Error) -> DataError {
    DataError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::Ordering::Relaxed;
    use std::sync::atomic::{AtomicBool, AtomicUsize};

    use super::*;

    fn run() -> RunFile {
        RunFile {
            pid: std::process::id(),
            version: "0.1.0".into(),
            services: vec!["tickets".into()],
            public: Some(([127, 0, 0, 1], 7700).into()),
            public_tls: false,
            internal: None,
        }
    }

    #[test]
    fn a_folder_belongs_to_one_process_and_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/data");
        let held = DataFolder::open(&path).unwrap();
        let refused = DataFolder::open(&path).err().unwrap().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(held);
        DataFolder::open(&path).unwrap();
    }

    #[test]
    fn a_running_process_is_found_only_while_it_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(running(folder.path()), None);
        let held = DataFolder::open(folder.path()).unwrap();
        assert_eq!(running(folder.path()), None);
        held.announce(&run()).unwrap();
        assert_eq!(running(folder.path()), Some(run()));
        held.withdraw();
        assert_eq!(running(folder.path()), None);
        // As a killed process leaves it.
        let left = serde_json::to_string(&run()).unwrap();
        drop(held);
        std::fs::write(folder.path().join(RUN), left).unwrap();
        assert_eq!(running(folder.path()), None);
    }

    #[test]
    fn who_looks_for_a_process_does_not_hinder_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let (looks, done) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    running(path);
                    looks.fetch_add(1, Relaxed);
                }
            });
            let mut refused = Vec::new();
            while looks.load(Relaxed) < 20_000 {
                refused.extend(DataFolder::open(path).err());
            }
            done.store(true, Relaxed);
            assert!(refused.is_empty(), "{}", refused[0]);
        });
    }

    #[test]
    fn private_files_are_their_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.key");
        for text in ["one", "two"] {
            write_private(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
