//! Fields that a company added, between the wire and the kernel.

use std::collections::BTreeMap;

use kefu_kernel::field::{self, Fields};

use crate::v1::field_value::Kind;
use crate::v1::{FieldDefinition, FieldKind, FieldValue};
use crate::wire;

/// The fields that a request gives; what has no value is left out.
pub fn read_all(fields: BTreeMap<String, FieldValue>) -> Fields {
    fields.into_iter().filter_map(|(code, value)| Some((code, read(value)?))).collect()
}

/// One value; none where it is empty.
pub fn read(value: FieldValue) -> Option<field::FieldValue> {
    Some(match value.kind? {
        Kind::Text(text) => field::FieldValue::Text(text),
        Kind::Choice(code) => field::FieldValue::Choice(code),
        Kind::Integer(number) => field::FieldValue::Integer(number),
        Kind::Flag(flag) => field::FieldValue::Flag(flag),
        Kind::Time(at) => field::FieldValue::Time(wire::instant(&at)),
    })
}

/// The fields as a reply shows them.
pub fn show_all(fields: &Fields) -> BTreeMap<String, FieldValue> {
    fields.iter().map(|(code, value)| (code.clone(), value.into())).collect()
}

impl From<&field::FieldValue> for FieldValue {
    fn from(value: &field::FieldValue) -> Self {
        let kind = match value {
            field::FieldValue::Text(text) => Kind::Text(text.clone()),
            field::FieldValue::Choice(code) => Kind::Choice(code.clone()),
            field::FieldValue::Integer(number) => Kind::Integer(*number),
            field::FieldValue::Flag(flag) => Kind::Flag(*flag),
            field::FieldValue::Time(at) => Kind::Time(wire::timestamp(*at)),
        };
        Self { kind: Some(kind) }
    }
}

impl From<&field::FieldDefinition> for FieldDefinition {
    fn from(definition: &field::FieldDefinition) -> Self {
        let kind = match definition.kind {
            field::FieldKind::Text => FieldKind::Text,
            field::FieldKind::Choice => FieldKind::Choice,
            field::FieldKind::Integer => FieldKind::Integer,
            field::FieldKind::Flag => FieldKind::Flag,
            field::FieldKind::Time => FieldKind::Time,
        };
        Self {
            code: definition.code.clone(),
            names: definition.names.clone(),
            kind: kind.into(),
            choices: definition.choices.clone(),
            filterable: definition.filterable,
            required: definition.required,
        }
    }
}

#[cfg(test)]
mod tests {
    use kefu_kernel::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = field::FieldValue> {
        prop_oneof![
            ".*".prop_map(field::FieldValue::Text),
            "[a-z]{1,9}".prop_map(field::FieldValue::Choice),
            any::<i64>().prop_map(field::FieldValue::Integer),
            any::<bool>().prop_map(field::FieldValue::Flag),
            (0..4_000_000_000_000_i64)
                .prop_map(|millis| field::FieldValue::Time(Timestamp::from_millis(millis))),
        ]
    }

    proptest! {
        #[test]
        fn values_survive_the_wire(fields in proptest::collection::btree_map("[a-z]{1,5}", values(), 0..5)) {
            prop_assert_eq!(read_all(show_all(&fields)), fields);
        }
    }

    #[test]
    fn what_is_empty_is_left_out() {
        assert_eq!(
            read_all([("flight".to_owned(), FieldValue { kind: None })].into()),
            Fields::new()
        );
    }
}
