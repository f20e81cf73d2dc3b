//! Reasons of errors as they are sent.

use crate::v1::ErrorReason;

impl ErrorReason {
    /// As `google.rpc.ErrorInfo.reason` has it: `ETAG_MISMATCH`.
    pub fn text(self) -> &'static str {
        let name = self.as_str_name();
        name.strip_prefix("ERROR_REASON_").unwrap_or(name)
    }

    /// The reason of a text, where it is one of the list.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::from_str_name(&format!("ERROR_REASON_{text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_sent_without_its_prefix_and_read_back() {
        assert_eq!(ErrorReason::EtagMismatch.text(), "ETAG_MISMATCH");
        assert_eq!(ErrorReason::from_text("ETAG_MISMATCH"), Some(ErrorReason::EtagMismatch));
        assert_eq!(ErrorReason::from_text("NO_SUCH_REASON"), None);
    }
}
