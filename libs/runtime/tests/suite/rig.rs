//! Clients of a running suite, and waiting for what happens beside calls.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use kefu_fixture_counter::v1::AddRequest;
use kefu_fixture_counter::v1::counter_service_client::CounterServiceClient;
use kefu_fixture_ledger::v1::ledger_service_client::LedgerServiceClient;
use kefu_fixture_ledger::v1::{GetTotalsRequest, Totals};
use kefu_kernel::id::{Uuid, encode};
use kefu_rpc::RoleTable;
use kefu_runtime::Suite;
use kefu_runtime::config::Config;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::{counter, door, ledger};

/// The three services, with the roles that their calls are checked with.
pub fn suite() -> Suite {
    let role = |name: &str, permissions: &[&str]| {
        let permissions: BTreeSet<String> = permissions.iter().map(ToString::to_string).collect();
        (name.to_owned(), permissions)
    };
    let roles: RoleTable = BTreeMap::from([
        role("agent", &["counter.add", "counter.read", "ledger.read"]),
        role("service", &["ledger.record", "counter.read_changes", "ledger.read_changes"]),
    ]);
    Suite::new(vec![counter::service(), ledger::service(), door::service()], roles)
}

/// All in one process, with everything in `folder` and the public port a free one.
pub fn one_process(folder: &Path) -> Config {
    let mut config = Config { data_dir: folder.join("data"), ..Config::default() };
    config.listen.public = SocketAddr::from(([127, 0, 0, 1], 0));
    config
}

/// The id of the test's `number`th counter.
pub fn counter_id(number: u128) -> String {
    encode("counter", Uuid::from_u128(number))
}

/// A caller from outside.
#[derive(Clone)]
pub struct Caller {
    channel: Channel,
    key: &'static str,
}

type Keyed = InterceptedService<Channel, Bearer>;

impl Caller {
    pub fn new(address: SocketAddr, key: &'static str) -> Self {
        let endpoint =
            Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL");
        Self { channel: endpoint.connect_lazy(), key }
    }

    pub fn counters(&self) -> CounterServiceClient<Keyed> {
        CounterServiceClient::with_interceptor(self.channel.clone(), Bearer(self.key))
    }

    pub fn ledger(&self) -> LedgerServiceClient<Keyed> {
        LedgerServiceClient::with_interceptor(self.channel.clone(), Bearer(self.key))
    }

    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Adds to counter `number`; gives its total.
    pub async fn add(&self, number: u128, by: i64) -> i64 {
        let request = AddRequest { counter_id: counter_id(number), by, ..AddRequest::default() };
        self.counters().add(request).await.expect("it is added").into_inner().total
    }

    /// Waits until the ledger knows `folded` and `recorded`.
    pub async fn ledger_knows(&self, folded: i64, recorded: i64) {
        let wanted = Totals { folded, recorded };
        let mut known = Totals::default();
        for _ in 0..3_000 {
            let answer = self.ledger().get_totals(GetTotalsRequest {}).await;
            known = answer.expect("it is told").into_inner();
            if known == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the ledger knows {known:?}, not {wanted:?}");
    }
}

/// Sends a key.
#[derive(Clone)]
pub struct Bearer(&'static str);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if !self.0.is_empty() {
            let value = format!("Bearer {}", self.0).parse().expect("keys are ASCII");
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}
