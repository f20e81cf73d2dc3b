//! The certificate that callers see is replaced while they call: no call fails, new connections see the
//! new one, and a file that cannot be used is refused by its name and changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kefu_api_gateway::v1::WhoAmIRequest;
use kefu_api_gateway::v1::identity_service_client::IdentityServiceClient;
use kefu_testkit::Folder;
use kefu_testkit::certs::{Authority, Identity};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::task::JoinSet;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Error};

use super::{Served, built, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_changed_under_load_fails_no_call() {
    if !built() {
        return;
    }
    let folder = Folder::new("certificate");
    let (first, second) = (Issued::new(&folder, "first"), Issued::new(&folder, "second"));
    let live = Live { certificate: folder.join("live.pem"), key: folder.join("live.key") };
    live.put(&first.identity);
    let settings = [
        format!("public.cert={}", live.certificate.display()),
        format!("public.key={}", live.key.display()),
        "drain.notice=0s".to_owned(),
        // The callers are as fast as they can; the limit is not what is tested.
        "limits.calls_per_second=1000000".to_owned(),
        "limits.calls_burst=1000000".to_owned(),
    ];
    let served = Served::start(folder.path(), &settings).await;
    let by_first = async || connect(served.port, &[&first]).await.is_ok();
    let by_second = async || connect(served.port, &[&second]).await.is_ok();
    assert!(by_first().await && !by_second().await);
    let load = Load::start(served.port, &[&first, &second]);
    load.runs_on().await;

    // Each is refused by its name, and callers see nothing of it.
    let (certificate, key) = (live.certificate.display(), live.key.display());
    replace(&live.certificate, expired().as_bytes());
    let told = served.process.line("it is valid from").await.unwrap();
    assert!(told.contains(&format!("{certificate} cannot be used")), "{told}");
    replace(&live.certificate, b"nonsense");
    let told = served.process.line("it holds no certificate").await.unwrap();
    assert!(told.contains(&format!("{certificate} cannot be used")), "{told}");
    live.put(&first.identity);
    std::fs::remove_file(&live.key).unwrap();
    served.process.line(&format!("{key} cannot be read")).await.unwrap();
    load.runs_on().await;
    assert!(by_first().await && !by_second().await, "the one before stays");

    live.put(&second.identity);
    served.process.line("the server's certificate was renewed").await.unwrap();
    assert!(by_second().await && !by_first().await, "new connections see the new one");
    load.runs_on().await;
    assert_eq!(load.stop().await, Vec::<String>::new(), "calls failed");
    let lines = served.stop().await;
    let refused = lines.iter().filter(|line| line.contains("it is valid from")).count();
    assert_eq!(refused, 1, "said once, not at each look");
}

/// The files that the server looks at.
struct Live {
    certificate: PathBuf,
    key: PathBuf,
}

impl Live {
    fn put(&self, identity: &Identity) {
        replace(&self.certificate, &std::fs::read(&identity.certificate).unwrap());
        replace(&self.key, &std::fs::read(&identity.key).unwrap());
    }
}

/// Replaces a file in one step.
fn replace(path: &Path, bytes: &[u8]) {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, bytes).unwrap();
    std::fs::rename(&draft, path).unwrap();
}

/// A certificate, and the authority that alone vouches for it.
struct Issued {
    identity: Identity,
    authority: Certificate,
}

impl Issued {
    fn new(folder: &Folder, name: &str) -> Self {
        let folder = folder.join(name);
        std::fs::create_dir(&folder).unwrap();
        let authority = Authority::new(&folder);
        let identity = authority.issue("kefu");
        let authority = Certificate::from_pem(std::fs::read(authority.certificate()).unwrap());
        Self { identity, authority }
    }
}

/// A certificate whose time is over.
fn expired() -> String {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

async fn connect(port: u16, trusted: &[&Issued]) -> Result<Channel, Error> {
    let authorities = trusted.iter().map(|one| one.authority.clone());
    let tls = ClientTlsConfig::new().ca_certificates(authorities);
    let endpoint = Endpoint::from_shared(format!("https://127.0.0.1:{port}"))?;
    endpoint.tls_config(tls)?.connect().await
}

/// Callers that go on until they are stopped: some over one connection, some over a new one each time.
struct Load {
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    callers: JoinSet<Vec<String>>,
}

impl Load {
    fn start(port: u16, trusted: &[&Issued]) -> Self {
        let (done, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let mut callers = JoinSet::new();
        for caller in 0..4 {
            let trusted: Vec<Issued> = trusted
                .iter()
                .map(|one| Issued {
                    identity: one.identity.clone(),
                    authority: one.authority.clone(),
                })
                .collect();
            let (done, stop) = (Arc::clone(&done), Arc::clone(&stop));
            callers.spawn(call_on(port, trusted, caller % 2 == 0, done, stop));
        }
        Self { done, stop, callers }
    }

    /// Waits until fifty more calls were answered.
    async fn runs_on(&self) {
        let until = self.done.load(Ordering::Relaxed) + 50;
        eventually("calls go on", async || self.done.load(Ordering::Relaxed) >= until).await;
    }

    /// What failed.
    async fn stop(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.callers.join_all().await.concat()
    }
}

async fn call_on(
    port: u16,
    trusted: Vec<Issued>,
    one_connection: bool,
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) -> Vec<String> {
    let trusted: Vec<&Issued> = trusted.iter().collect();
    let mut channel = None;
    let mut failed = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let connected = match channel.take() {
            Some(channel) => Ok(channel),
            None => connect(port, &trusted).await,
        };
        let answer = match connected {
            Ok(connected) => {
                channel = one_connection.then(|| connected.clone());
                let called = IdentityServiceClient::new(connected).who_am_i(WhoAmIRequest {}).await;
                called.map(drop).map_err(|status| status.to_string())
            }
            Err(error) => Err(format!("{error:?}")),
        };
        done.fetch_add(1, Ordering::Relaxed);
        failed.extend(answer.err());
    }
    failed
}
