//! The ledger of a claim: accounts and postings in double entry.
//!
//! A posting never changes but for the note of what reverses it; a mistake is put right by its reversal. What
//! money comes to is told by the entries; the balances on the accounts are kept beside them so that a decision
//! need not add them up, and are made anew from the entries when a claim is reopened.

pub mod check;
pub mod conversion;
pub mod payee;
pub mod payment;
pub mod post;
pub mod recovery;
pub mod reserve;
pub mod reverse;

use kefu_kernel::Timestamp;

use crate::domain::ids::{AccountId, DecisionId, ExposureId, PaymentId, PostingId, RecoveryId};
use crate::domain::words::{AccountKind, CostKind, PostingKind};

pub use self::conversion::Conversion;
pub use self::payee::Payee;
pub use self::payment::Payment;
pub use self::recovery::Recovery;

/// The accounts and postings of a claim, in its currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Its accounts, in the order in which they were first posted to.
    pub accounts: Vec<Account>,
    /// Its postings, in order; their numbers are their places from 1.
    pub postings: Vec<Posting>,
}

/// Where a part of a claim's money stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The exposure.
    pub exposure: ExposureId,
    /// Of what kind the money is.
    pub cost_kind: CostKind,
    /// What it holds.
    pub kind: AccountKind,
    /// Debits without credits: the sum of its entries.
    pub balance: i64,
    /// How many entries it has.
    pub entries: i64,
    /// When the last was posted.
    pub last_posted_at: Timestamp,
}

/// Something that was posted: entries that come to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Its id.
    pub id: PostingId,
    /// What was posted.
    pub kind: PostingKind,
    /// The exposure.
    pub exposure: ExposureId,
    /// Of what kind the money is.
    pub cost_kind: CostKind,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The posting that it reverses.
    pub reverses: Option<PostingId>,
    /// The posting that reverses it.
    pub reversed_by: Option<PostingId>,
    /// The decision that it rests on.
    pub decision: Option<DecisionId>,
    /// The payment that it belongs to.
    pub payment: Option<PaymentId>,
    /// The recovery that it belongs to.
    pub recovery: Option<RecoveryId>,
    /// How the amount was converted.
    pub conversion: Option<Conversion>,
    /// The system or bank that it came by, and its reference there, for what came in.
    pub reference: Option<(String, String)>,
    /// The code of the reason; empty: none given.
    pub reason: String,
    /// Who posted it: a principal's id.
    pub posted_by: String,
    /// When.
    pub posted_at: Timestamp,
}

/// One side of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub account: AccountId,
    /// What it holds.
    pub kind: AccountKind,
    /// How much it is debited or, where negative, credited; never zero.
    pub debit: i64,
}

/// What money comes to, of an exposure or a claim. All in the sense in which it is said, none of them negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// What is set aside and not ordered.
    pub reserved: i64,
    /// What was ordered and is not confirmed.
    pub ordered: i64,
    /// What was paid.
    pub paid: i64,
    /// What came in from others.
    pub recovered: i64,
    /// What is asked of others and did not come in.
    pub recoverable: i64,
}

impl Figures {
    /// What was set aside in all, what was ordered and paid of it included.
    pub fn target(self) -> i64 {
        self.reserved + self.ordered + self.paid
    }

    /// What was ordered and paid.
    pub fn used(self) -> i64 {
        self.ordered + self.paid
    }

    /// What it costs: reserved, ordered and paid, less recovered.
    pub fn incurred(self) -> i64 {
        self.target() - self.recovered
    }

    /// Of balances: `of` tells the balance of an account.
    fn of(balance: impl Fn(AccountKind) -> i64) -> Self {
        let (reserved, ordered) = (-balance(AccountKind::Reserve), -balance(AccountKind::Payable));
        Self {
            reserved,
            ordered,
            paid: balance(AccountKind::Incurred) - reserved - ordered,
            recovered: -balance(AccountKind::Recovered),
            recoverable: balance(AccountKind::Recoverable),
        }
    }
}

impl Posting {
    /// How much was posted.
    pub fn amount(&self) -> i64 {
        // Every pair of entries is of the amount; a receipt has two pairs.
        self.entries.first().map_or(0, |entry| entry.debit.abs())
    }
}

impl Ledger {
    /// What the money of an exposure comes to.
    pub fn figures(&self, exposure: ExposureId) -> Figures {
        Figures::of(|kind| self.balance(Some(exposure), kind))
    }

    /// What all of its money comes to.
    pub fn total(&self) -> Figures {
        Figures::of(|kind| self.balance(None, kind))
    }

    /// A balance: of an exposure, or of all.
    pub fn balance(&self, exposure: Option<ExposureId>, kind: AccountKind) -> i64 {
        let of_it = |account: &&Account| {
            account.kind == kind && exposure.is_none_or(|exposure| account.exposure == exposure)
        };
        self.accounts.iter().filter(of_it).map(|account| account.balance).sum()
    }

    /// A posting of it.
    pub fn posting(&self, id: PostingId) -> Option<&Posting> {
        self.postings.iter().find(|posting| posting.id == id)
    }

    /// The same ledger with its balances made anew from its entries.
    pub fn rebuilt(&self) -> Self {
        let mut rebuilt = self.clone();
        for account in &mut rebuilt.accounts {
            (account.balance, account.entries) = self.sum(account.id);
        }
        rebuilt
    }

    /// What the entries of an account come to, and how many they are.
    pub fn sum(&self, account: AccountId) -> (i64, i64) {
        let entries = self.postings.iter().flat_map(|posting| &posting.entries);
        let of_it = entries.filter(|entry| entry.account == account);
        of_it.fold((0, 0), |(sum, count), entry| (sum + entry.debit, count + 1))
    }
}
