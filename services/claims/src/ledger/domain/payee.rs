//! Whom a claim may pay, and to whom its settlement goes.

use kefu_api_events::v1 as events;
use kefu_kernel::Timestamp;

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{EvidenceId, PayeeId};
use crate::domain::words::{PayoutMethod, State};

/// The kind of evidence that a signed release is.
const RELEASE: &str = "release";
/// A claim has at most this many payees.
const MAX_PAYEES: usize = 50;

/// Who is paid. The account is sealed; only its end is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee {
    /// Its id.
    pub id: PayeeId,
    /// Their name. Personal data.
    pub name: String,
    /// How they are paid.
    pub method: PayoutMethod,
    /// The last four characters of the account; empty: none. Personal data.
    pub account_end: String,
    /// The account, sealed; empty: none. Personal data.
    pub sealed_account: Vec<u8>,
    /// The bank's code; empty: none.
    pub bank_code: String,
    /// Who named them: a principal's id.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// Somebody to be named.
#[derive(Clone, Debug)]
pub struct NewPayee {
    /// Its id, made for it: the account is sealed for it.
    pub id: PayeeId,
    /// Their name.
    pub name: String,
    /// How they are paid.
    pub method: PayoutMethod,
    /// The account, as it was given; empty: none.
    pub account: String,
    /// The same, sealed.
    pub sealed_account: Vec<u8>,
    /// The bank's code; empty: none.
    pub bank_code: String,
}

impl Claim {
    /// Names somebody whom the claim may pay.
    pub fn add_payee(&self, context: &Context<'_>, new: NewPayee) -> Decided {
        let mut change = Change::begin_open(self, context)?;
        if change.claim.payees.len() >= MAX_PAYEES {
            return Err(Error::PayeeInvalid("the claim has 50 payees already"));
        }
        let account = normal(&new.account);
        check_account(new.method, &account, &normal(&new.bank_code))?;
        let end = account.len().saturating_sub(4);
        let payee = Payee {
            id: new.id,
            name: new.name,
            method: new.method,
            account_end: account.get(end..).unwrap_or_default().to_owned(),
            sealed_account: new.sealed_account,
            bank_code: normal(&new.bank_code),
            created_by: change.actor(),
            created_at: change.now,
        };
        change.claim.payees.push(payee);
        let payee_id = new.id.to_string();
        change.tell(events::ClaimPayeeAdded { payee_id, ..Default::default() });
        change.done()
    }

    /// Says to whom what is granted goes, and brings the signed release where the type of the claim asks for one: it is
    /// due now.
    pub fn prepare_settlement(
        &self,
        context: &Context<'_>,
        payee: PayeeId,
        release: Option<EvidenceId>,
    ) -> Decided {
        let mut change =
            Change::begin_in(self, context, &[State::Approved, State::PartlyApproved])?;
        change.claim.payee("payee_id", payee)?;
        match release {
            Some(id) => change.claim.check_release(id)?,
            None if context.rules.of_type(self.kind)?.release_required => {
                return Err(Error::ReleaseRequired);
            }
            None => {}
        }
        change.claim.settlement_payee = Some(payee);
        change.claim.release = release;
        change.claim.state = change.claim.due_state();
        change.tell(events::ClaimSettlementPrepared {
            payee_id: payee.to_string(),
            release_evidence_id: release.map(|id| id.to_string()),
            ..Default::default()
        });
        change.done()
    }

    /// A payee of the claim, as a request's field names it.
    pub fn payee(&self, field: &'static str, id: PayeeId) -> Result<&Payee, Error> {
        let found = self.payees.iter().find(|payee| payee.id == id);
        found.ok_or_else(|| Error::unknown(field, &id.to_string()))
    }

    fn check_release(&self, id: EvidenceId) -> Result<(), Error> {
        let found = self.evidence.iter().find(|evidence| evidence.id == id);
        let unknown = || Error::unknown("release_evidence_id", &id.to_string());
        let evidence = found.ok_or_else(unknown)?;
        if evidence.kind != RELEASE {
            return Err(unknown());
        }
        if evidence.withdrawn.is_some() { Err(Error::EvidenceWithdrawn) } else { Ok(()) }
    }
}

/// An account or bank code without the spaces that people group it by.
fn normal(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

fn check_account(method: PayoutMethod, account: &str, bank_code: &str) -> Result<(), Error> {
    let needed = matches!(method, PayoutMethod::BankTransfer | PayoutMethod::Wallet);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if needed && account.is_empty() {
        return Err(Error::PayeeInvalid("a transfer needs an account"));
    }
    if method == PayoutMethod::BankTransfer {
        if !plain(account) || account.len() < 4 {
            return Err(Error::PayeeInvalid("the account has letters and digits only"));
        }
        // Beginning with letters it is an IBAN (ISO 13616), which has check digits; a national number has none.
        if account.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_iban(account) {
            return Err(Error::PayeeInvalid("the check digits of the IBAN do not fit"));
        }
    }
    let letters = bank_code.starts_with(|c: char| c.is_ascii_alphabetic());
    if !plain(bank_code) || (letters && !is_bic(bank_code)) {
        return Err(Error::PayeeInvalid("the bank code is neither a BIC nor a national one"));
    }
    Ok(())
}

/// ISO 13616: moved to the end, letters as numbers, the first four characters leave 1 modulo 97 (ISO 7064).
fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let head = bytes.len() >= 15
        && bytes.len() <= 34
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    if !head {
        return false;
    }
    let turned = bytes[4..].iter().chain(&bytes[..4]);
    let rest = turned.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    });
    rest == 1
}

/// ISO 9362: four letters or digits, two letters of the country, two and three more letters or digits.
fn is_bic(text: &str) -> bool {
    let country = text.as_bytes().get(4..6);
    matches!(text.len(), 8 | 11)
        && country.is_some_and(|country| country.iter().all(u8::is_ascii_uppercase))
}
