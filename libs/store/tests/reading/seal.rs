//! The key ring, sealed secrets and blind indexes.

use kefu_kernel::Ambient;
use kefu_store::seal::{KeyRing, Keys, Place, Purpose, SealError};
use proptest::prelude::*;
use uuid::Uuid;

const ROW: Uuid = Uuid::from_u128(7);
const IBAN: Place<'_> = Place { table: "account", column: "iban", row: ROW };

fn ring() -> String {
    KeyRing::generate(&Ambient::system()).to_string()
}

fn keys(text: &str) -> Keys {
    KeyRing::parse(text).unwrap().keys("customers", &Ambient::system())
}

#[test]
fn a_secret_opens_at_its_own_place_only() {
    let keys = keys(&ring());
    let sealed = keys.seal_secret(&IBAN, b"ES91 2100");
    assert_eq!(keys.open_secret(&IBAN, &sealed).unwrap().as_slice(), b"ES91 2100");
    assert!(!sealed.windows(4).any(|window| window == b"2100"));
    for place in [
        Place { table: "other", ..IBAN },
        Place { column: "name", ..IBAN },
        Place { row: Uuid::from_u128(8), ..IBAN },
        Place { table: "accounti", column: "ban", ..IBAN },
    ] {
        assert_eq!(keys.open_secret(&place, &sealed), Err(SealError::Broken), "{place:?}");
    }
}

#[test]
fn the_same_secret_never_looks_the_same_twice() {
    let keys = keys(&ring());
    assert_ne!(keys.seal_secret(&IBAN, b"x"), keys.seal_secret(&IBAN, b"x"));
}

#[test]
fn a_service_cannot_open_anothers_secret_nor_one_purpose_anothers() {
    let ring = KeyRing::parse(&ring()).unwrap();
    let ambient = Ambient::system();
    let (customers, tickets) = (ring.keys("customers", &ambient), ring.keys("tickets", &ambient));
    let sealed = customers.seal(Purpose::Links, b"", b"secret");
    assert!(customers.open(Purpose::Links, b"", &sealed).is_ok());
    assert_eq!(tickets.open(Purpose::Links, b"", &sealed), Err(SealError::Broken));
    assert_eq!(customers.open(Purpose::Secrets, b"", &sealed), Err(SealError::Broken));
    assert_ne!(customers.hash(Purpose::ApiKeys, b"key"), tickets.hash(Purpose::ApiKeys, b"key"));
    assert_ne!(
        customers.signing_seeds().next().unwrap().1,
        tickets.signing_seeds().next().unwrap().1
    );
}

#[test]
fn after_a_rotation_old_secrets_open_and_are_sealed_again_once() {
    let before = ring();
    let after = KeyRing::rotate(&before, &Ambient::system()).unwrap();
    assert!(after.starts_with(before.trim_end()), "entries are only added");
    let (old, new) = (keys(&before), keys(&after));
    let sealed = old.seal_secret(&IBAN, b"secret");
    assert_eq!(new.open_secret(&IBAN, &sealed).unwrap().as_slice(), b"secret");
    let again = new.reseal_secret(&IBAN, &sealed).unwrap().expect("it was sealed by an old key");
    assert_eq!(new.reseal_secret(&IBAN, &again), Ok(None));
    assert_eq!(new.open_secret(&IBAN, &again).unwrap().as_slice(), b"secret");
    assert_eq!(old.open_secret(&IBAN, &again), Err(SealError::KeyMissing(2)));
}

#[test]
fn a_blind_index_finds_equal_values_before_and_after_a_rotation() {
    let before = ring();
    let after = KeyRing::rotate(&before, &Ambient::system()).unwrap();
    let (old, new) = (keys(&before), keys(&after));
    let stored = old.blind_indexes("account", "iban", b"ES91")[0];
    assert!(new.blind_indexes("account", "iban", b"ES91").contains(&stored));
    assert!(!new.blind_indexes("account", "iban", b"ES92").contains(&stored));
    assert!(!new.blind_indexes("account", "holder", b"ES91").contains(&stored));
    assert!(new.verify(Purpose::ApiKeys, b"k", &old.hash(Purpose::ApiKeys, b"k")));
    assert!(!new.verify(Purpose::ApiKeys, b"l", &old.hash(Purpose::ApiKeys, b"k")));
}

#[test]
fn neither_debug_nor_errors_show_a_key() {
    let text = ring();
    let secret = text.split("secret = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ring = KeyRing::parse(&text).unwrap();
    let shown = format!("{ring:?} {:?}", ring.keys("customers", &Ambient::system()));
    assert_eq!(shown, "KeyRing { versions: [1], .. } Keys { versions: [1], .. }");
    let broken = [
        text.replace("version = 1", "version = \"one\""),
        text.replace("version", "verzion"),
        text.replace(&secret, &secret[1..]),
        text.replace(&secret, &format!("{secret}{secret}")),
        text.replace("secret = \"", "secret = "),
        format!("{text}{text}"),
        String::new(),
        "key = []".to_owned(),
        "key = [[".to_owned(),
    ];
    for text in broken {
        let error = KeyRing::parse(&text).expect_err(&text);
        let shown = format!("{error} {error:?}");
        assert!(matches!(error, SealError::Ring(_)), "{shown}");
        assert!(!shown.contains(&secret[2..10]), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_opened_or_refused(bytes: Vec<u8>, flip in 0_usize..60, bit in 0_u8..8) {
        let keys = keys(&ring());
        prop_assert!(keys.open_secret(&IBAN, &bytes).is_err());
        let mut sealed = keys.seal_secret(&IBAN, &[1; 32]);
        let place = flip % sealed.len();
        sealed[place] ^= 1 << bit;
        prop_assert!(keys.open_secret(&IBAN, &sealed).is_err());
        prop_assert!(keys.open_secret(&IBAN, &sealed[..place]).is_err());
    }

    #[test]
    fn any_text_is_a_ring_or_refused(text: String) {
        let _ = KeyRing::parse(&text);
    }
}
