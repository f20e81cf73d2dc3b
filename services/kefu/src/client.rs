//! How commands reach Kefu: the server of the data folder where one runs, the one that is named, or
//! the suite started in this process for as long as the command takes.

use std::path::PathBuf;

use anyhow::{Context, bail};
use kefu_runtime::config::{Config, ConfigArgs};
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Running, data, telemetry};
use kefu_telemetry::Guard;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

use crate::commands::load;
use kefu_suite::suite;

/// Flags of every command that talks to Kefu.
#[derive(clap::Args, Clone)]
pub struct ClientArgs {
    /// The server, such as https://kefu.example.org [default: the one on the data folder]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// The file that holds the API key [default: admin.key in the data folder]
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// The transport of the commands' clients.
pub type Transport = InterceptedService<Channel, Bearer>;

/// Adds the API key to every call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection, and what must be ended with it.
pub struct Client {
    /// Where calls go.
    pub transport: Transport,
    own: Option<(Running, Guard)>,
}

impl Client {
    /// Connects as `args` say.
    pub async fn open(args: &ClientArgs) -> anyhow::Result<Self> {
        let config = load(&args.config)?;
        let key_file = args.key_file.clone().unwrap_or_else(|| data::admin_key(&config.data_dir));
        if let Some(server) = &args.server {
            return Self::connect(server, &key_file, None).await;
        }
        if let Some(run) = data::running(&config.data_dir) {
            let public = run.public.context("the server on the data folder has no public port")?;
            let scheme = if run.public_tls { "https" } else { "http" };
            return Self::connect(&format!("{scheme}://{public}"), &key_file, None).await;
        }
        eprintln!("no server runs on {}: starting one for this command", config.data_dir.display());
        let mut settings = telemetry(&config, "command");
        settings.log_filter = "warn".to_owned();
        let guard = kefu_telemetry::init(&settings)?;
        let running = start_here(config).await?;
        let address = running.address().context("the suite has a public port")?;
        Self::connect(&format!("http://{address}"), &key_file, Some((running, guard))).await
    }

    /// Connects to `server` with the key in `key_file`.
    pub async fn connect(
        server: &str,
        key_file: &std::path::Path,
        own: Option<(Running, Guard)>,
    ) -> anyhow::Result<Self> {
        let key = std::fs::read_to_string(key_file)
            .with_context(|| format!("reading the API key in {}", key_file.display()))?;
        let mut bearer: MetadataValue<Ascii> = format!("Bearer {}", key.trim())
            .parse()
            .with_context(|| format!("{} does not hold an API key", key_file.display()))?;
        bearer.set_sensitive(true);
        let mut endpoint =
            Endpoint::from_shared(server.to_owned()).with_context(|| format!("`{server}`"))?;
        if server.starts_with("https:") {
            endpoint = endpoint.tls_config(ClientTlsConfig::new().with_native_roots())?;
        } else if !server.starts_with("http:") {
            bail!("`{server}` is no http:// or https:// address");
        }
        let channel =
            endpoint.connect().await.with_context(|| format!("no server answers at {server}"))?;
        let transport = InterceptedService::new(channel, Bearer(bearer));
        Ok(Self { transport, own })
    }

    /// Ends what was started for the command.
    pub async fn close(self) {
        let Self { transport, own } = self;
        // The suite waits for open connections: this one goes first.
        drop(transport);
        if let Some((running, guard)) = own {
            running.shutdown(StopSignal::Interrupt).await;
            guard.shutdown().await;
        }
    }
}

/// The suite in this process, on a free port of the loopback interface.
pub async fn start_here(mut config: Config) -> anyhow::Result<Running> {
    config.listen.public = "127.0.0.1:0".parse().context("a loopback address")?;
    suite()?.start(config).await
}

/// A failed call in words: its message and its reason.
pub fn told(status: &Status) -> anyhow::Error {
    let mut text = format!("{} ({:?})", status.message(), status.code());
    let mut cause = std::error::Error::source(status);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    anyhow::anyhow!(text)
}
