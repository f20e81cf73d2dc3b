//! A private nats-server with JetStream, that a test may stop, kill and wipe.

use std::ffi::OsString;
use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::certs::{Authority, Identity};
use crate::guard::{Folder, Guarded};
use crate::ports;

/// A nats-server of this test's own. Its port stays the same over restarts.
pub struct Nats {
    program: PathBuf,
    folder: Folder,
    port: u16,
    authority: Option<Authority>,
    /// With TLS.
    encrypted: bool,
    /// The configuration, and the variables that it names.
    configuration: PathBuf,
    variables: Vec<(&'static str, OsString)>,
    server: Option<Guarded>,
}

impl Nats {
    /// A running server without TLS; none, with the reason printed, where none is installed.
    pub fn start() -> Option<Self> {
        Self::create(false)
    }

    /// A running server that demands TLS and a client certificate of [`Nats::identity`]'s authority.
    pub fn start_with_tls() -> Option<Self> {
        Self::create(true)
    }

    fn create(tls: bool) -> Option<Self> {
        let Some(program) = find_program() else {
            return crate::absent("nats", "nats-server is not installed");
        };
        let folder = Folder::new("nats");
        let authority = tls.then(|| Authority::new(folder.path()));
        let mut nats = Self {
            program,
            configuration: folder.join("server.conf"),
            variables: Vec::new(),
            port: ports::free(),
            encrypted: tls,
            authority,
            server: None,
            folder,
        };
        nats.configure();
        nats.resume();
        Some(nats)
    }

    /// A running server with the configuration that is shipped in the folder `deploy`, and a
    /// certificate of `authority`, which is also the one that clients' certificates must be of.
    pub fn deployed(deploy: &Path, authority: &Authority) -> Option<Self> {
        let Some(program) = find_program() else {
            return crate::absent("nats", "nats-server is not installed");
        };
        let folder = Folder::new("nats");
        let port = ports::free();
        let own = authority.issue_to(folder.path(), "nats");
        let variables = vec![
            ("KEFU_NATS_PORT", port.to_string().into()),
            ("KEFU_NATS_STORE", folder.join("store").into()),
            ("KEFU_NATS_CERT", own.certificate.into()),
            ("KEFU_NATS_KEY", own.key.into()),
            ("KEFU_NATS_CA", own.authority.into()),
        ];
        let configuration = deploy.join("nats/nats.conf");
        let (authority, encrypted, server) = (None, true, None);
        let mut nats =
            Self { program, folder, port, authority, encrypted, configuration, variables, server };
        nats.resume();
        Some(nats)
    }

    /// `nats://127.0.0.1:<port>`, or `tls://…`.
    pub fn url(&self) -> String {
        let scheme = if self.encrypted { "tls" } else { "nats" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// A client's certificate and key, and the authority that signed the server's.
    pub fn identity(&self, name: &str) -> Identity {
        self.authority.as_ref().expect("a server started with TLS").issue(name)
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// Ends it in order, as an operator does.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.signal(Signal::SIGTERM);
            server.wait().expect("a child can be waited for");
        }
    }

    /// Starts it again where it was, and waits until it answers.
    pub fn resume(&mut self) {
        assert!(self.server.is_none(), "nats-server runs already");
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))
            .expect("the folder is writable");
        let mut command = Command::new(&self.program);
        // The address is no matter of the configuration that is shipped: tests stay on loopback.
        command.arg("-a").arg("127.0.0.1").arg("-c").arg(&self.configuration);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut server = Guarded::spawn(&mut command, Signal::SIGKILL).expect("it can be started");
        for _ in 0..1_000 {
            if let Some(status) = server.ended() {
                panic!("nats-server ended at start ({status}):\n{}", self.log());
            }
            if self.answers() {
                self.server = Some(server);
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nats-server does not answer:\n{}", self.log());
    }

    /// SIGKILL, then a new start on the same folder and port.
    pub fn restart(&mut self) {
        self.kill();
        self.resume();
    }

    /// SIGKILL, everything that JetStream stored removed, then a new start.
    pub fn wipe_store(&mut self) {
        self.kill();
        std::fs::remove_dir_all(self.folder.join("store")).expect("the store exists");
        self.resume();
    }

    /// SIGSTOP: it holds its connections and answers nothing.
    pub fn pause(&self) {
        self.server.as_ref().expect("it runs").pause();
    }

    /// SIGCONT.
    pub fn unpause(&self) {
        self.server.as_ref().expect("it runs").signal(Signal::SIGCONT);
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    fn configure(&self) {
        let mut text = format!(
            "listen: \"127.0.0.1:{}\"\njetstream {{ store_dir: \"{}\" }}\n",
            self.port,
            self.folder.join("store").display()
        );
        if let Some(authority) = &self.authority {
            let own = authority.issue("nats");
            text += &format!(
                "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}\n",
                own.certificate.display(),
                own.key.display(),
                own.authority.display()
            );
        }
        std::fs::write(&self.configuration, text).expect("the folder is writable");
    }

    /// A server greets with `INFO` as soon as it takes clients, before any TLS.
    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else {
            return false;
        };
        let mut greeting = [0u8; 4];
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        stream.read_exact(&mut greeting).is_ok() && &greeting == b"INFO"
    }
}

fn find_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/bin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join("nats-server"))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_comes_back_on_its_port() {
        let Some(mut nats) = Nats::start() else { return };
        let url = nats.url();
        nats.restart();
        nats.wipe_store();
        assert_eq!(nats.url(), url);
        assert!(nats.answers());
        nats.kill();
        assert!(!nats.answers());
    }

    #[test]
    fn a_server_with_tls_starts() {
        let Some(nats) = Nats::start_with_tls() else { return };
        assert!(nats.url().starts_with("tls://"));
        assert!(nats.identity("tickets").key.is_file());
    }
}
