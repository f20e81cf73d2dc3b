//! Fresh databases for tests, one per test and backend.

use kefu_kernel::Ambient;
use kefu_store::{Migration, Store, StoreConfig};
use kefu_testkit::Folder;
use kefu_testkit::postgres::{Database, Postgres};

/// A fresh, empty database. It goes when this value is dropped.
pub struct Fresh {
    url: String,
    _keeps: Keeps,
}

#[expect(dead_code, reason = "held for their drop")]
enum Keeps {
    Folder(Folder),
    Database(Database<'static>),
}

impl Fresh {
    pub fn sqlite() -> Option<Self> {
        let folder = Folder::new("store");
        let url = format!("sqlite://{}", folder.join("store.db").display());
        println!("backend ran: sqlite");
        Some(Self { url, _keeps: Keeps::Folder(folder) })
    }

    pub fn postgres() -> Option<Self> {
        let database = Postgres::shared()?.database();
        println!("backend ran: postgres");
        Some(Self { url: database.schema("fixture"), _keeps: Keeps::Database(database) })
    }

    pub fn config(&self) -> StoreConfig {
        StoreConfig::new("fixture", &self.url)
    }

    /// Another store on the same database, as another process would open it.
    pub async fn open(&self) -> Store {
        Store::open(self.config(), Ambient::system()).await.expect("the database opens")
    }

    pub async fn migrated(&self, migrations: &[Migration]) -> Store {
        let store = self.open().await;
        store.migrate(migrations).await.expect("the migrations run");
        store
    }
}

/// Makes two tests of each function `async fn(Fresh)`.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let fresh = $crate::backends::Fresh::sqlite().expect("SQLite is built in");
                super::$name(fresh).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(fresh) = $crate::backends::Fresh::postgres() else { return };
                super::$name(fresh).await;
            })*
        }
    };
}
