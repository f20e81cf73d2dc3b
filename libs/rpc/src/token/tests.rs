//! What tokens let through, and what they do not.

use kefu_kernel::{Ambient, Timestamp};
use kefu_testkit::clock::{ManualClock, Moved};

use super::*;
use crate::error::RpcError;

fn clock() -> (ManualClock, Ambient) {
    let moved = Moved::at(Timestamp::from_millis(1_750_000_000_000), 1);
    (moved.machine, moved.ambient)
}

fn person() -> Caller {
    let branch = Uuid::from_u128(7);
    let principal = Principal {
        kind: PrincipalKind::Person,
        id: "person_1".into(),
        roles: BTreeSet::from(["agent".into()]),
        scope: Scope::Branches(BTreeSet::from([branch])),
        on_behalf_of: None,
    };
    Caller { principal, scopes: Some(BTreeSet::from(["tickets.read".into()])) }
}

fn gateway(ambient: &Ambient) -> (TokenSigner, PublicKey) {
    let signer = TokenSigner::new("gateway", "1", &[1; 32], ambient.clone()).unwrap();
    let key = PublicKey { speaks_for_others: true, ..signer.public_key() };
    (signer, key)
}

fn token(signer: &TokenSigner, caller: &Caller, audience: &str) -> String {
    let header = signer.authorization(caller, audience).unwrap();
    header.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}

#[test]
fn the_gateway_presents_a_person_with_all_that_narrows_it() {
    let (_, ambient) = clock();
    let (signer, key) = gateway(&ambient);
    let verifier = TokenVerifier::new("tickets", vec![key], ambient);
    for _ in 0..2 {
        let caller = verifier.verify(&token(&signer, &person(), "tickets"), None).unwrap();
        assert_eq!(caller, person());
    }
}

#[test]
fn a_service_speaks_for_itself_only() {
    let (_, ambient) = clock();
    let signer = TokenSigner::new("orders", "1", &[2; 32], ambient.clone()).unwrap();
    let verifier = TokenVerifier::new("tickets", vec![signer.public_key()], ambient);
    let own = Caller::service("orders", Some(&person().principal));
    let seen = verifier.verify(&token(&signer, &own, "tickets"), None).unwrap();
    assert_eq!(seen.principal.on_behalf_of.as_deref(), Some("person_1"));
    for other in [person(), Caller::service("gateway", None), Caller::public()] {
        let refused = verifier.verify(&token(&signer, &other, "tickets"), None);
        assert!(matches!(refused, Err(RpcError::CredentialsInvalid(_))));
    }
}

#[test]
fn a_token_is_good_for_one_service_and_one_minute() {
    let (clock, ambient) = clock();
    let (signer, key) = gateway(&ambient);
    let verifier = TokenVerifier::new("tickets", vec![key], ambient);
    let elsewhere = token(&signer, &person(), "reporting");
    assert!(matches!(verifier.verify(&elsewhere, None), Err(RpcError::CredentialsInvalid(_))));
    let first = token(&signer, &person(), "tickets");
    clock.advance(Duration::from_secs(29));
    assert_eq!(token(&signer, &person(), "tickets"), first, "used for half its life");
    clock.advance(Duration::from_secs(2));
    assert_ne!(token(&signer, &person(), "tickets"), first);
    clock.advance(Duration::from_secs(38));
    assert!(verifier.verify(&first, None).is_ok(), "within the leeway");
    clock.advance(Duration::from_secs(2));
    assert!(matches!(verifier.verify(&first, None), Err(RpcError::CredentialsExpired)));
}

#[test]
fn a_rotated_key_is_taken_and_the_old_one_refused() {
    let (_, ambient) = clock();
    let (signer, key) = gateway(&ambient);
    let verifier = TokenVerifier::new("tickets", vec![key], ambient);
    let old = token(&signer, &person(), "tickets");
    signer.rotate("2", &[3; 32]).unwrap();
    let new = token(&signer, &person(), "tickets");
    assert!(verifier.verify(&old, None).is_ok());
    assert!(verifier.verify(&new, None).is_err(), "not known yet");
    verifier.replace(vec![PublicKey { speaks_for_others: true, ..signer.public_key() }]);
    assert!(verifier.verify(&new, None).is_ok());
    assert!(verifier.verify(&old, None).is_err(), "also not from memory");
}

#[test]
fn a_token_is_taken_from_its_issuers_certificate_only() {
    let (_, ambient) = clock();
    let (signer, key) = gateway(&ambient);
    let verifier = TokenVerifier::new("tickets", vec![key], ambient);
    let token = token(&signer, &person(), "tickets");
    let own = ["service:gateway".to_owned()];
    let other = ["service:reporting".to_owned()];
    assert!(verifier.verify(&token, Some(&own)).is_ok());
    assert!(verifier.verify(&token, Some(&other)).is_err());
}

#[test]
fn an_altered_token_is_refused() {
    let (_, ambient) = clock();
    let (signer, key) = gateway(&ambient);
    let verifier = TokenVerifier::new("tickets", vec![key], ambient);
    let good = token(&signer, &person(), "tickets");
    for place in (0..good.len()).step_by(7) {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        assert!(verifier.verify(&altered, None).is_err(), "byte {place}");
    }
}
