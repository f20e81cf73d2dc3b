//! Ends servers and removes folders when the test process ends, however it ends.
//!
//! A killed process runs no destructors and statics are never dropped, so one small shell process
//! per test process holds the list of what must go. It reads that list from a pipe; when the pipe
//! closes, the test process is gone and the list is worked off.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock};

use anyhow::Context;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use tempfile::TempDir;

use std::os::unix::process::CommandExt;

/// A temporary folder that also disappears when the test process is killed.
pub struct Folder {
    inner: TempDir,
}

impl Folder {
    /// A new empty folder whose name starts with `kefu-<purpose>-`.
    pub fn new(purpose: &str) -> Self {
        let inner = tempfile::Builder::new()
            .prefix(&format!("kefu-{purpose}-"))
            .tempdir()
            .expect("the temporary directory is writable");
        tell_guard(&format!("folder - {}", inner.path().display()));
        Self { inner }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.inner.path()
    }

    /// A path inside it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.inner.path().join(name)
    }
}

/// A child process in a process group of its own, ended on drop and by the guard.
pub(crate) struct Guarded {
    child: Child,
    target: i32,
    last_word: Signal,
    reaped: bool,
}

impl Guarded {
    /// Starts `command`. `last_word` ends it at the latest with the test process: SIGKILL goes to
    /// the whole group, any other signal to the process itself, which then ends its children.
    pub(crate) fn spawn(command: &mut Command, last_word: Signal) -> anyhow::Result<Self> {
        let program = command.get_program().to_owned();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let id = i32::try_from(child.id()).context("a process id")?;
        let target = if last_word == Signal::SIGKILL { -id } else { id };
        tell_guard(&format!("server {} {target}", short_name(last_word)));
        Ok(Self { child, target, last_word, reaped: false })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Sends a signal to the process alone.
    pub(crate) fn signal(&self, signal: Signal) {
        if !self.reaped {
            let id = i32::try_from(self.child.id()).expect("a process id fits");
            let _ = kill(Pid::from_raw(id), signal);
        }
    }

    /// SIGSTOP, and waits until it does stand still.
    pub(crate) fn pause(&self) {
        self.signal(Signal::SIGSTOP);
        let id = i32::try_from(self.child.id()).expect("a process id fits");
        let _ = waitpid(Pid::from_raw(id), Some(WaitPidFlag::WUNTRACED));
    }

    /// Sends SIGKILL to the process and its group, and waits for its end.
    pub(crate) fn kill(&mut self) {
        if !self.reaped {
            let group = i32::try_from(self.child.id()).expect("a process id fits");
            let _ = kill(Pid::from_raw(-group), Signal::SIGKILL);
            let _ = self.wait();
        }
    }

    /// Sends the last word and waits for the end.
    pub(crate) fn end(&mut self) {
        if !self.reaped {
            let _ = kill(Pid::from_raw(self.target), self.last_word);
            let _ = self.wait();
        }
    }

    /// Waits for the end, in this thread.
    pub(crate) fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait()?;
        self.note_end();
        Ok(status)
    }

    /// Whether it has ended, without waiting.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        if status.is_some() {
            self.note_end();
        }
        status
    }

    fn note_end(&mut self) {
        if !self.reaped {
            self.reaped = true;
            tell_guard(&format!("ended - {}", self.target));
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.end();
    }
}

/// `SIGKILL` → `KILL`, as the shell spells it.
fn short_name(signal: Signal) -> &'static str {
    signal.as_str().trim_start_matches("SIG")
}

fn tell_guard(line: &str) {
    static GUARD: OnceLock<Mutex<Child>> = OnceLock::new();
    let guard = GUARD.get_or_init(|| Mutex::new(start_guard()));
    let mut guard = guard.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let pipe = guard.stdin.as_mut().expect("the guard was started with a pipe");
    writeln!(pipe, "{line}").expect("the guard reads until this process ends");
}

fn start_guard() -> Child {
    Command::new("sh")
        .args(["-c", GUARD_SCRIPT])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a POSIX shell exists")
}

const GUARD_SCRIPT: &str = r#"
trap '' INT TERM HUP
servers=''
while read -r verb signal value; do
  case $verb in
    server) servers="$servers $signal:$value" ;;
    folder) set -- "$@" "$value" ;;
    ended)
      left=''
      for server in $servers; do [ "${server#*:}" = "$value" ] || left="$left $server"; done
      servers=$left ;;
  esac
done
for server in $servers; do kill -s "${server%%:*}" -- "${server#*:}"; done
for server in $servers; do
  tries=0
  while kill -0 -- "${server#*:}" && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
done
[ $# -eq 0 ] || rm -rf -- "$@"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the guard's script as a process of its own and lets its pipe close, as the end of a test
    /// process does.
    #[test]
    fn what_a_dead_test_process_left_is_ended_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new("sh")
            .args(["-c", "read -r never"])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut guard = start_guard();
        let mut pipe = guard.stdin.take().unwrap();
        writeln!(pipe, "folder - {}", folder.path().display()).unwrap();
        writeln!(pipe, "server KILL 1073741824\nended - 1073741824").unwrap();
        writeln!(pipe, "server KILL -{}", server.id()).unwrap();
        drop(pipe);
        assert!(!server.wait().unwrap().success());
        guard.wait().unwrap();
        assert!(!folder.path().exists());
    }
}
