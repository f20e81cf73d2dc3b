//! Child processes of a test: the kefu binary, started, paused, killed, and read.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::watch;

use crate::guard::Guarded;

/// The binary that process tests run: `KEFU_TEST_BINARY`, or the one beside the test's own folder, as
/// `cargo build --profile ci` leaves it.
pub fn kefu_binary() -> PathBuf {
    if let Some(given) = std::env::var_os("KEFU_TEST_BINARY") {
        return given.into();
    }
    let test = std::env::current_exe().expect("a running program has a path");
    let profile = test.parent().and_then(Path::parent).expect("target/<profile>/deps/<test>");
    profile.join("kefu")
}

/// One child process with everything that it wrote. Killed on drop and with the test process.
pub struct Process {
    name: String,
    server: Guarded,
    lines: watch::Receiver<Arc<Vec<String>>>,
}

/// What a process is started with.
pub struct Start {
    name: String,
    command: Command,
}

impl Start {
    /// `program`, called `name` in messages. It inherits no `KEFU_*` variable.
    pub fn new(name: &str, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("KEFU_") {
                command.env_remove(key);
            }
        }
        Self { name: name.to_owned(), command }
    }

    /// The kefu binary with a command of its own, such as `serve`.
    pub fn kefu(name: &str) -> Self {
        Self::new(name, kefu_binary())
    }

    /// One more argument.
    pub fn arg(mut self, value: impl AsRef<OsStr>) -> Self {
        self.command.arg(value);
        self
    }

    /// More arguments.
    pub fn args(mut self, values: &[&str]) -> Self {
        self.command.args(values);
        self
    }

    /// An environment variable.
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// The working directory.
    pub fn folder(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Starts it.
    pub fn spawn(mut self) -> anyhow::Result<Process> {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Guarded::spawn(&mut self.command, Signal::SIGKILL)?;
        let (told, lines) = watch::channel(Arc::new(Vec::new()));
        let told = Arc::new(told);
        if let Some(out) = server.child().stdout.take() {
            collect(out, Arc::clone(&told));
        }
        if let Some(err) = server.child().stderr.take() {
            collect(err, told);
        }
        Ok(Process { name: self.name, server, lines })
    }
}

impl Process {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// Everything that it wrote so far, standard output and error in the order of arrival.
    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().as_ref().clone()
    }

    /// Waits for a line that contains `text` and gives that line. An error, with what it wrote, when
    /// it ends before or is silent about it for a minute.
    pub async fn line(&self, text: &str) -> anyhow::Result<String> {
        let mut lines = self.lines.clone();
        let found = lines.wait_for(|lines| lines.iter().any(|line| line.contains(text)));
        match tokio::time::timeout(Duration::from_secs(60), found).await {
            Ok(Ok(lines)) => {
                let line = lines.iter().find(|line| line.contains(text));
                Ok(line.expect("it was found before").clone())
            }
            Ok(Err(_)) => anyhow::bail!("{} ended before `{text}`:\n{}", self.name, self.text()),
            Err(_) => anyhow::bail!("{} did not say `{text}`:\n{}", self.name, self.text()),
        }
    }

    /// Waits until `port` of 127.0.0.1 takes connections.
    pub async fn port(&mut self, port: u16) -> anyhow::Result<()> {
        for _ in 0..3_000 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.server.ended() {
                anyhow::bail!("{} ended ({status}):\n{}", self.name, self.text());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("{} does not listen on {port}:\n{}", self.name, self.text())
    }

    /// SIGKILL, and the end awaited.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// SIGTERM: it is asked to drain.
    pub fn terminate(&self) {
        self.server.signal(Signal::SIGTERM);
    }

    /// SIGSTOP: it stands still in the middle of what it does.
    pub fn pause(&self) {
        self.server.pause();
    }

    /// SIGCONT: it goes on and does not know that time passed.
    pub fn unpause(&self) {
        self.server.signal(Signal::SIGCONT);
    }

    /// Waits for its end, and for the last line that it wrote; an error after two minutes.
    pub async fn finished(&mut self) -> anyhow::Result<ExitStatus> {
        let mut lines = self.lines.clone();
        let closed = async { while lines.changed().await.is_ok() {} };
        let closed = tokio::time::timeout(Duration::from_secs(120), closed).await;
        anyhow::ensure!(closed.is_ok(), "{} does not end:\n{}", self.name, self.text());
        Ok(self.server.wait()?)
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        self.server.ended().is_none()
    }

    fn text(&self) -> String {
        self.lines.borrow().join("\n")
    }
}

/// Reads to the end on a thread of its own, so that a full pipe never stops the process.
fn collect(from: impl Read + Send + 'static, to: Arc<watch::Sender<Arc<Vec<String>>>>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            to.send_modify(|lines| Arc::make_mut(lines).push(line));
            bytes.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_is_read_paused_and_killed() {
        let script = "echo ready; echo problem >&2; exec tail -f /dev/null";
        let mut process = Start::new("child", "sh").args(&["-c", script]).spawn().unwrap();
        assert_eq!(process.line("ready").await.unwrap(), "ready");
        assert_eq!(process.line("problem").await.unwrap(), "problem");
        process.pause();
        process.unpause();
        assert!(process.runs());
        process.kill();
        assert!(!process.runs());
    }

    #[tokio::test]
    async fn a_process_that_ends_too_soon_tells_what_it_said() {
        let mut process = Start::new("child", "sh").args(&["-c", "echo no"]).spawn().unwrap();
        let error = process.line("ready").await.unwrap_err();
        assert!(error.to_string().contains("no"), "{error}");
        assert!(process.finished().await.unwrap().success());
    }
}
