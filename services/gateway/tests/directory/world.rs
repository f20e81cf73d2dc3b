//! A gateway that runs in this process, and clients that come in by its public side.

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use http::{Request, Response};
use kefu_api_gateway::v1::calendars_service_client::CalendarsServiceClient;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::events_service_client::EventsServiceClient;
use kefu_api_gateway::v1::identity_service_client::IdentityServiceClient;
use kefu_api_gateway::v1::issuers_service_client::IssuersServiceClient;
use kefu_api_gateway::v1::keys_service_client::KeysServiceClient;
use kefu_api_gateway::v1::*;
use kefu_runtime::config::{Config, Database};
use kefu_runtime::directory::{self, Directory};
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Context, Parts, Running, Service, Suite, Surroundings};
use kefu_store::Store;
use kefu_testkit::clock::Moved;
use kefu_testkit::postgres::{self, Postgres};
use sea_orm::ConnectionTrait;
use tonic::body::Body;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;
use tower::util::BoxCloneService;

/// The way into the gateway.
type Door = BoxCloneService<Request<Body>, Response<Body>, Status>;
/// The same with credentials.
pub type Way = InterceptedService<Door, Bearer>;

/// A suite of the gateway and one service that follows its directory.
pub struct World {
    running: Option<Running>,
    /// Both clocks.
    pub clock: Moved,
    /// The first administrator's key.
    pub admin: String,
    pub folder: tempfile::TempDir,
    /// Where each service's schema is; empty for SQLite.
    schemas: Vec<(&'static str, String)>,
    _database: Option<postgres::Database<'static>>,
}

/// Runs a test on every backend that this machine has.
pub async fn on_every_backend<F: Future<Output = World>>(test: impl Fn(World) -> F) {
    test(World::sqlite().await).await.close().await;
    println!("backend ran: sqlite");
    if let Some(world) = World::postgres().await {
        test(world).await.close().await;
        println!("backend ran: postgres");
    }
}

impl World {
    pub async fn sqlite() -> Self {
        Self::open(tempfile::tempdir().unwrap(), None).await
    }

    async fn postgres() -> Option<Self> {
        let database = Postgres::shared()?.database();
        Some(Self::open(tempfile::tempdir().unwrap(), Some(database)).await)
    }

    async fn open(
        folder: tempfile::TempDir,
        database: Option<postgres::Database<'static>>,
    ) -> Self {
        let clock = Moved::here();
        let schema = |service| Some((service, database.as_ref()?.schema(service)));
        let schemas = ["gateway", "reporting"].into_iter().filter_map(schema).collect();
        let admin = String::new();
        let mut world = Self { running: None, clock, admin, folder, schemas, _database: database };
        world.start().await;
        world.admin = std::fs::read_to_string(world.admin_key()).unwrap();
        world
    }

    /// Stops it and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    async fn start(&mut self) {
        let mut config = Config { data_dir: self.folder.path().join("data"), ..Config::default() };
        config.listen.public = ([127, 0, 0, 1], 0).into();
        config.company.zone = "Europe/Madrid".into();
        for (service, url) in &self.schemas {
            let section = config.service.entry((*service).to_owned()).or_default();
            section.database = Database { url: Some(url.clone()), ..Database::default() };
        }
        let roles = kefu_gateway::shipped::role_table().unwrap();
        let suite = Suite::new(vec![kefu_gateway::service(), follower()], roles);
        if !self.schemas.is_empty() {
            suite.migrate(&config).await.unwrap();
        }
        let ambient = Some(self.clock.ambient.clone());
        let around = Surroundings { ambient, ..Surroundings::default() };
        self.running = Some(suite.start_in(config, around).await.unwrap());
    }

    async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown(StopSignal::Interrupt).await;
        }
    }

    pub async fn close(mut self) {
        self.stop().await;
    }

    pub fn admin_key(&self) -> PathBuf {
        self.folder.path().join("data/admin.key")
    }

    pub fn store(&self) -> &Store {
        &self.running().services()["gateway"].store
    }

    /// The directory as the other service has it.
    pub fn folded(&self) -> Directory {
        let path = self.folder.path().join("data").canonicalize().unwrap();
        directories().lock().unwrap().get(&path).cloned().expect("the service was built")
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs")
    }

    fn way(&self, key: &str) -> Way {
        let face = self.running().face().expect("the gateway has a face").clone();
        let door = ServiceExt::<Request<Body>>::map_err(face, |never| match never {}).boxed_clone();
        InterceptedService::new(door, Bearer(key.to_owned()))
    }

    pub fn directory(&self, key: &str) -> DirectoryServiceClient<Way> {
        DirectoryServiceClient::new(self.way(key))
    }

    pub fn keys(&self, key: &str) -> KeysServiceClient<Way> {
        KeysServiceClient::new(self.way(key))
    }

    pub fn issuers(&self, key: &str) -> IssuersServiceClient<Way> {
        IssuersServiceClient::new(self.way(key))
    }

    pub fn calendars(&self, key: &str) -> CalendarsServiceClient<Way> {
        CalendarsServiceClient::new(self.way(key))
    }

    pub fn identity(&self, key: &str) -> IdentityServiceClient<Way> {
        IdentityServiceClient::new(self.way(key))
    }

    pub fn events(&self, key: &str) -> EventsServiceClient<Way> {
        EventsServiceClient::new(self.way(key))
    }

    /// Who the holder of `key` is.
    pub async fn who(&self, key: &str) -> Result<WhoAmIResponse, Status> {
        self.identity(key).who_am_i(WhoAmIRequest {}).await.map(tonic::Response::into_inner)
    }

    /// A key with these roles, for these branches; all where there are none.
    pub async fn key(&self, roles: &[&str], branches: &[&str]) -> String {
        self.make_key(roles, branches, &[]).await.1
    }

    pub async fn make_key(
        &self,
        roles: &[&str],
        branches: &[&str],
        scopes: &[&str],
    ) -> (Key, String) {
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let asked = CreateKeyRequest {
            name: "a system".into(),
            roles: texts(roles),
            branch_ids: texts(branches),
            all_branches: branches.is_empty(),
            scopes: texts(scopes),
            ..CreateKeyRequest::default()
        };
        let made = self.keys(&self.admin).create_key(asked).await.unwrap().into_inner();
        (made.key.unwrap(), made.secret)
    }

    pub async fn branch(&self, code: &str) -> Branch {
        let asked = CreateBranchRequest {
            code: code.into(),
            name: format!("Branch {code}"),
            time_zone: "Europe/Madrid".into(),
            ..CreateBranchRequest::default()
        };
        self.directory(&self.admin).create_branch(asked).await.unwrap().into_inner()
    }

    /// Everything that the database holds of a table, as one text of bytes.
    pub async fn column(&self, sql: &str) -> Vec<Vec<u8>> {
        let statement = sea_orm::Statement::from_string(self.store().backend(), sql);
        let rows = self.store().reader().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }
}

/// Sends `authorization: Bearer <key>`; nothing where the key is empty.
#[derive(Clone)]
pub struct Bearer(String);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if !self.0.is_empty() {
            let value = format!("Bearer {}", self.0).parse().unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// A service that does nothing but to follow the directory, in the place of one that does.
fn follower() -> Service {
    let set = kefu_api_reporting::FILE_DESCRIPTOR_SET;
    Service::new("reporting", set, directory::MIGRATIONS, build_follower)
}

async fn build_follower(context: Context) -> anyhow::Result<Parts> {
    let directory = Directory::of(&context).await?;
    let path = context.data.path().to_owned();
    directories().lock().unwrap().insert(path, directory.clone());
    Ok(Parts::new(kefu_rpc::Mount::new()).directory(&directory))
}

fn directories() -> &'static Mutex<HashMap<PathBuf, Directory>> {
    static ALL: OnceLock<Arc<Mutex<HashMap<PathBuf, Directory>>>> = OnceLock::new();
    ALL.get_or_init(Arc::default)
}

/// Polls until `condition` holds; a minute without it fails the test.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "a minute passed and still not: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The reason that a refused call was given.
pub fn refusal<T>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.err().expect("the call is refused");
    let info = status.get_error_details().error_info().cloned();
    (status.code(), info.map(|info| info.reason).unwrap_or_default())
}

/// A mask of these paths.
pub fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}
