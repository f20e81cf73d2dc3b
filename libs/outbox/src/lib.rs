//! Between store and bus: numbering, relay, leases, checkpoints, outgoing commands, reconciling.
