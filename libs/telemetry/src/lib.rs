//! OpenTelemetry set-up, the metric inventory and trace carriers.
