//! Posting: the entries follow from what is posted, so that no posting can be out of balance.

use kefu_api_events::v1 as events;

use crate::claim::domain::change::Change;
use crate::domain::error::Error;
use crate::domain::ids::{AccountId, DecisionId, ExposureId, PaymentId, PostingId, RecoveryId};
use crate::domain::words::{AccountKind, CostKind, PostingKind};

use super::{Account, Conversion, Entry, Posting};

/// What is to be posted.
#[derive(Clone, Debug)]
pub struct NewPosting {
    /// What.
    pub kind: PostingKind,
    /// On which exposure.
    pub exposure: ExposureId,
    /// How much; above zero.
    pub amount: i64,
    /// The decision that it rests on.
    pub decision: Option<DecisionId>,
    /// The payment that it belongs to.
    pub payment: Option<PaymentId>,
    /// The recovery that it belongs to.
    pub recovery: Option<RecoveryId>,
    /// How the amount was converted.
    pub conversion: Option<Conversion>,
    /// The system or bank that it came by, and its reference there.
    pub reference: Option<(String, String)>,
    /// The code of the reason; empty: none given.
    pub reason: String,
}

impl NewPosting {
    /// Something to be posted, with nothing beside.
    pub fn of(kind: PostingKind, exposure: ExposureId, amount: i64) -> Self {
        Self {
            kind,
            exposure,
            amount,
            decision: None,
            payment: None,
            recovery: None,
            conversion: None,
            reference: None,
            reason: String::new(),
        }
    }
}

/// Which accounts a posting debits and credits, pair by pair; none for a reversal, whose entries are another's.
pub fn sides(kind: PostingKind) -> &'static [(AccountKind, AccountKind)] {
    use AccountKind::{Bank, Expected, Incurred, Payable, Recoverable, Recovered, Reserve};
    match kind {
        PostingKind::ReserveRaised => &[(Incurred, Reserve)],
        PostingKind::ReserveLowered => &[(Reserve, Incurred)],
        PostingKind::PaymentOrdered => &[(Reserve, Payable)],
        PostingKind::PaymentConfirmed => &[(Payable, Bank)],
        PostingKind::PaymentReleased => &[(Payable, Reserve)],
        PostingKind::PaymentReturned => &[(Bank, Reserve)],
        PostingKind::RecoveryOpened => &[(Recoverable, Expected)],
        PostingKind::RecoveryReceived => &[(Bank, Recovered), (Expected, Recoverable)],
        PostingKind::SalvageReceived => &[(Bank, Recovered)],
        PostingKind::RecoveryWrittenOff => &[(Expected, Recoverable)],
        PostingKind::Reversal => &[],
    }
}

impl Change<'_> {
    /// Posts, and tells it.
    pub fn post(&mut self, new: NewPosting) -> Result<PostingId, Error> {
        let cost_kind = self.claim.exposure(new.exposure)?.cost_kind;
        let mut entries = Vec::new();
        for (debited, credited) in sides(new.kind) {
            for (kind, debit) in [(*debited, new.amount), (*credited, -new.amount)] {
                let account = self.account(new.exposure, cost_kind, kind);
                entries.push(Entry { account, kind, debit });
            }
        }
        self.write(Posting {
            id: self.id(),
            kind: new.kind,
            exposure: new.exposure,
            cost_kind,
            entries,
            reverses: None,
            reversed_by: None,
            decision: new.decision,
            payment: new.payment,
            recovery: new.recovery,
            conversion: new.conversion,
            reference: new.reference,
            reason: new.reason,
            posted_by: self.actor(),
            posted_at: self.now,
        })
    }

    /// Posts the entries of a posting turned round, and tells it. Whether that may be is the caller's to know.
    pub fn post_reversal(&mut self, index: usize, reason: &str) -> Result<PostingId, Error> {
        let reversed = self.claim.ledger.postings[index].clone();
        let turn = |entry: &Entry| Entry { debit: -entry.debit, ..*entry };
        let id = self.id();
        self.claim.ledger.postings[index].reversed_by = Some(id);
        self.write(Posting {
            id,
            kind: PostingKind::Reversal,
            entries: reversed.entries.iter().map(turn).collect(),
            reverses: Some(reversed.id),
            reversed_by: None,
            conversion: None,
            reference: None,
            reason: reason.to_owned(),
            posted_by: self.actor(),
            posted_at: self.now,
            ..reversed
        })
    }

    fn account(&mut self, exposure: ExposureId, cost: CostKind, kind: AccountKind) -> AccountId {
        let same = |account: &&Account| (account.exposure, account.kind) == (exposure, kind);
        if let Some(account) = self.claim.ledger.accounts.iter().find(same) {
            return account.id;
        }
        let (id, last_posted_at) = (self.id(), self.now);
        let (balance, entries) = (0, 0);
        let account =
            Account { id, exposure, cost_kind: cost, kind, balance, entries, last_posted_at };
        self.claim.ledger.accounts.push(account);
        id
    }

    fn write(&mut self, posting: Posting) -> Result<PostingId, Error> {
        let (id, now) = (posting.id, self.now);
        for entry in &posting.entries {
            let accounts = &mut self.claim.ledger.accounts;
            let found = accounts.iter_mut().find(|account| account.id == entry.account);
            let account = found.ok_or(Error::no_such(entry.account))?;
            let balance = account.balance.checked_add(entry.debit);
            account.balance = balance.ok_or(kefu_kernel::money::MoneyError::Overflow)?;
            account.entries += 1;
            account.last_posted_at = now;
        }
        let entry = |entry: &Entry| events::LedgerEntry {
            account_id: entry.account.to_string(),
            account_kind: events::AccountKind::from(entry.kind).into(),
            debit_minor_units: entry.debit,
        };
        let payload = events::ClaimPosted {
            posting_id: id.to_string(),
            kind: events::PostingKind::from(posting.kind).into(),
            exposure_id: posting.exposure.to_string(),
            cost_kind: events::CostKind::from(posting.cost_kind).into(),
            entries: posting.entries.iter().map(entry).collect(),
            reverses_id: posting.reverses.map(|id| id.to_string()),
            decision_id: posting.decision.map(|id| id.to_string()),
            payment_id: posting.payment.map(|id| id.to_string()),
            recovery_id: posting.recovery.map(|id| id.to_string()),
            ..Default::default()
        };
        self.claim.ledger.postings.push(posting);
        self.tell(payload);
        Ok(id)
    }
}
