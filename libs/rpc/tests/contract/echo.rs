//! The service that is called. Its trait impl is what a service of Kefu looks like: a line per RPC.

use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use kefu_kernel::{Call, Fault, FaultKind, FieldViolation};
use kefu_rpc::{Answer, CallContext, Endpoint, Failure, Replies, client, command, query, watch};
use kefu_rpc_fixture::v1::echo_service_client::EchoServiceClient;
use kefu_rpc_fixture::v1::echo_service_server::EchoService;
use kefu_rpc_fixture::v1::{
    Act, ChangeReply, ChangeRequest, CountReply, CountRequest, EchoReply, EchoRequest,
};
use tokio::sync::watch as state;
use tonic::{Request, Streaming, async_trait};

/// One replica of the service.
#[derive(Clone)]
pub struct Echo {
    /// Its name.
    pub replica: String,
    /// Whom it asks when it is told to.
    pub onward: Option<Endpoint>,
    /// How many handlers and streams hang now.
    pub hanging: Arc<state::Sender<usize>>,
}

/// What the service's domain refuses.
#[derive(Debug, thiserror::Error)]
pub enum EchoError {
    #[error("the echo is closed")]
    Closed,
    #[error(transparent)]
    Elsewhere(#[from] Box<Failure>),
}

impl Fault for EchoError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Closed => FaultKind::RuleBroken,
            Self::Elsewhere(failure) => failure.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Closed => "TICKET_CLOSED",
            Self::Elsewhere(failure) => failure.reason(),
        }
    }

    fn field_violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Closed => Vec::new(),
            Self::Elsewhere(failure) => failure.field_violations(),
        }
    }
}

#[async_trait]
impl EchoService for Echo {
    type CountStream = Replies<CountReply>;

    async fn echo(&self, request: Request<EchoRequest>) -> Answer<EchoReply> {
        query(request, |call, message| self.say(call, message)).await
    }

    async fn change(&self, request: Request<ChangeRequest>) -> Answer<ChangeReply> {
        command(request, change).await
    }

    async fn count(&self, request: Request<CountRequest>) -> Answer<Self::CountStream> {
        watch(request, |call, message| self.counted(call, message)).await
    }

    async fn collect(&self, request: Request<Streaming<EchoRequest>>) -> Answer<EchoReply> {
        query(request, |call, texts| self.collected(call, texts)).await
    }
}

impl Echo {
    /// A replica that asks nobody else.
    pub fn new(replica: &str) -> Self {
        let hanging = Arc::new(state::Sender::new(0));
        Self { replica: replica.to_owned(), onward: None, hanging }
    }

    async fn say(
        &self,
        call: Arc<CallContext>,
        message: EchoRequest,
    ) -> Result<EchoReply, EchoError> {
        match message.act() {
            Act::Unspecified => Ok(self.reply(&call, &message)),
            Act::Panic => panic!("told to"),
            Act::Hang => self.hang().await,
            Act::Fail => Err(EchoError::Closed),
            Act::Onward => {
                let endpoint = self.onward.clone().expect("the test has given it one");
                let mut client = client!(EchoServiceClient, endpoint);
                let message = EchoRequest { text: message.text, ..EchoRequest::default() };
                let reply = client.echo(message).await.map_err(Failure::boxed)?;
                Ok(reply.into_inner())
            }
        }
    }

    fn reply(&self, call: &CallContext, message: &EchoRequest) -> EchoReply {
        let principal = call.principal();
        EchoReply {
            text: message.text.clone(),
            caller: principal.id.clone(),
            on_behalf_of: principal.on_behalf_of.clone().unwrap_or_default(),
            remaining_ms: i64::try_from(call.remaining().as_millis()).unwrap(),
            replica: self.replica.clone(),
            padding: vec![0; usize::try_from(message.padding_bytes).unwrap()],
        }
    }

    async fn counted(
        &self,
        _: Arc<CallContext>,
        message: CountRequest,
    ) -> Result<impl Stream<Item = Result<CountReply, EchoError>> + Send + use<>, EchoError> {
        let numbers = stream::iter(1..=message.count).map(|number| Ok(CountReply { number }));
        let (act, echo) = (message.act(), self.clone());
        let then = stream::once(async move {
            match act {
                Act::Panic => panic!("told to"),
                Act::Hang => echo.hang().await,
                _ => Err(EchoError::Closed),
            }
        });
        let stops = act == Act::Unspecified;
        Ok(numbers.chain(then.take(usize::from(!stops))))
    }

    async fn collected(
        &self,
        call: Arc<CallContext>,
        mut texts: Streaming<EchoRequest>,
    ) -> Result<EchoReply, EchoError> {
        let mut all = String::new();
        while let Some(next) = texts.message().await.map_err(Failure::boxed)? {
            all.push_str(&next.text);
        }
        Ok(self.reply(&call, &EchoRequest { text: all, ..EchoRequest::default() }))
    }

    async fn hang<T>(&self) -> T {
        struct Leaves(Arc<state::Sender<usize>>);
        impl Drop for Leaves {
            fn drop(&mut self) {
                self.0.send_modify(|count| *count -= 1);
            }
        }
        self.hanging.send_modify(|count| *count += 1);
        let _leaves = Leaves(Arc::clone(&self.hanging));
        std::future::pending().await
    }

    /// Waits until `count` handlers and streams hang.
    pub async fn hang_count_is(&self, count: usize) {
        let mut hanging = self.hanging.subscribe();
        let waits = hanging.wait_for(|now| *now == count);
        tokio::time::timeout(Duration::from_secs(30), waits)
            .await
            .unwrap_or_else(|_| panic!("{} hang, not {count}", *self.hanging.borrow()))
            .expect("self holds the sender");
    }
}

async fn change(call: Call, _: ChangeRequest) -> Result<ChangeReply, EchoError> {
    Ok(ChangeReply {
        rpc: call.rpc,
        request_id: call.request_id.unwrap_or_default(),
        fingerprint: call.fingerprint.to_vec(),
        traceparent: call.traceparent,
    })
}
