//! Names that OpenTelemetry's semantic conventions define (v1.44.0), in one place because two groups
//! of them are not stable yet.
//!
//! RPC is a release candidate: [`rpc::STATUS_CODE`] is renamed on its main branch, so one constant is
//! to be flipped. Messaging is in development, and `nats` is a system of our own there.

/// The kind of a failure, where one happened; a small closed set.
pub const ERROR_TYPE: &str = "error.type";

/// Upper bounds that the conventions advise for durations of calls, in seconds.
pub const DURATION_BOUNDARIES: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Remote procedure calls.
pub mod rpc {
    /// Histogram of a server's calls, in seconds.
    pub const SERVER_CALL_DURATION: &str = "rpc.server.call.duration";
    /// Histogram of a client's calls, in seconds.
    pub const CLIENT_CALL_DURATION: &str = "rpc.client.call.duration";
    /// The RPC system; always [`GRPC`].
    pub const SYSTEM_NAME: &str = "rpc.system.name";
    /// The value of [`SYSTEM_NAME`].
    pub const GRPC: &str = "grpc";
    /// The full method, `kefu.tickets.v1.TicketsService/AssignTicket`, or [`OTHER_METHOD`].
    pub const METHOD: &str = "rpc.method";
    /// Stands for every method that the server does not know, to bound the number of series.
    pub const OTHER_METHOD: &str = "_OTHER";
    /// The gRPC code as text, `NOT_FOUND`. The next release of the conventions calls it
    /// `rpc.status_code`.
    pub const STATUS_CODE: &str = "rpc.response.status_code";

    /// Whether a server's answer with `code` is the server's failure, by the conventions.
    pub fn is_server_error(code: &str) -> bool {
        matches!(
            code,
            "UNKNOWN"
                | "DEADLINE_EXCEEDED"
                | "UNIMPLEMENTED"
                | "INTERNAL"
                | "UNAVAILABLE"
                | "DATA_LOSS"
        )
    }
}

/// HTTP, for what the gateway serves beside gRPC.
pub mod http {
    /// Histogram of a server's requests, in seconds.
    pub const SERVER_REQUEST_DURATION: &str = "http.server.request.duration";
    /// The method, or [`OTHER_METHOD`].
    pub const REQUEST_METHOD: &str = "http.request.method";
    /// Stands for every method that HTTP does not define, to bound the number of series.
    pub const OTHER_METHOD: &str = "_OTHER";
    /// The path's template, `/v1/tickets/{ticket_id}`; absent where no route was found.
    pub const ROUTE: &str = "http.route";
    /// The status, a number.
    pub const RESPONSE_STATUS_CODE: &str = "http.response.status_code";
}

/// Messages over a broker.
pub mod messaging {
    /// Counter of messages handed to a broker.
    pub const SENT_MESSAGES: &str = "messaging.client.sent.messages";
    /// Counter of messages that a broker delivered.
    pub const CONSUMED_MESSAGES: &str = "messaging.client.consumed.messages";
    /// Histogram of one batch's handling, in seconds.
    pub const PROCESS_DURATION: &str = "messaging.process.duration";
    /// Histogram of a broker operation, in seconds.
    pub const OPERATION_DURATION: &str = "messaging.client.operation.duration";
    /// The broker's kind: `nats`, or `embedded` for the log in this process.
    pub const SYSTEM: &str = "messaging.system";
    /// What is done, in the broker's own word.
    pub const OPERATION_NAME: &str = "messaging.operation.name";
    /// What is done, as one of the conventions' words: `send`, `receive`, `process`, `settle`.
    pub const OPERATION_TYPE: &str = "messaging.operation.type";
    /// Where from or where to: the service whose events they are.
    pub const DESTINATION_NAME: &str = "messaging.destination.name";
    /// Who consumes: the projection's name.
    pub const CONSUMER_GROUP_NAME: &str = "messaging.consumer.group.name";
    /// The message's id: the event's id.
    pub const MESSAGE_ID: &str = "messaging.message.id";
    /// How many messages a batch holds.
    pub const BATCH_MESSAGE_COUNT: &str = "messaging.batch.message_count";
}
