//! A cursor: the sixteen positions, as text that callers pass back unread.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kefu_kernel::PARTITIONS;

use crate::Positions;

const BYTES: usize = PARTITIONS as usize * 8;

/// The text form.
pub fn encode(positions: &Positions) -> String {
    let mut bytes = Vec::with_capacity(BYTES);
    for partition in 0..PARTITIONS {
        let position = positions.get(&partition).copied().unwrap_or(0);
        bytes.extend_from_slice(&position.to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The positions; none where the text is not a cursor.
pub fn decode(text: &str) -> Option<Positions> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    if bytes.len() != BYTES {
        return None;
    }
    let mut positions = Positions::new();
    for (partition, bytes) in (0..PARTITIONS).zip(bytes.chunks_exact(8)) {
        let position = i64::from_be_bytes(bytes.try_into().ok()?);
        if position < 0 {
            return None;
        }
        positions.insert(partition, position);
    }
    Some(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let positions: Positions =
            (0..PARTITIONS).map(|partition| (partition, i64::from(partition) * 77)).collect();
        assert_eq!(decode(&encode(&positions)), Some(positions));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert_eq!(decode(""), None);
        assert_eq!(decode("not a cursor"), None);
        assert_eq!(decode(&URL_SAFE_NO_PAD.encode([0xff; BYTES])), None);
    }
}
