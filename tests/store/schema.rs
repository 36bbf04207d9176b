//! Migrations: an empty, a current and a newer schema, and a database that is away.

use pillarbox::store::StoreFault;

use crate::fixture::{Fixture, store};

#[tokio::test]
async fn empty_schema_is_refused_until_it_is_migrated() {
    let fixture = Fixture::empty();
    let (list, unknown) = fixture.store.migration_status().await.unwrap();
    assert!(!list.is_empty() && list.iter().all(|(_, _, applied)| !applied));
    assert_eq!(unknown, 0);
    let refused = fixture.store.check_schema().await.unwrap_err();
    assert!(
        refused.to_string().contains("pillarbox migrate up"),
        "{refused}"
    );
    let count = fixture.store.migrate().await.unwrap();
    assert_eq!(count, list.len());
    assert_eq!(
        fixture.store.migrate().await.unwrap(),
        count,
        "again is no harm"
    );
    fixture.store.check_schema().await.unwrap();
    let (list, _) = fixture.store.migration_status().await.unwrap();
    assert!(list.iter().all(|(_, _, applied)| *applied));
    fixture.store.ping().await.unwrap();
}

#[tokio::test]
async fn older_schema_is_refused() {
    let fixture = Fixture::migrated().await;
    fixture
        .run("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .await;
    let refused = fixture.store.check_schema().await.unwrap_err();
    assert!(matches!(refused, StoreFault::Schema(_)));
    assert!(
        refused.to_string().starts_with("1 migrations are missing"),
        "{refused}"
    );
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let fixture = Fixture::migrated().await;
    fixture
        .run(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99999999999999, 'from the future', true, '', 0)",
        )
        .await;
    assert_eq!(fixture.store.migration_status().await.unwrap().1, 1);
    let refused = fixture.store.check_schema().await.unwrap_err();
    assert!(refused.to_string().contains("newer pillarbox"), "{refused}");
    let migrated = fixture.store.migrate().await;
    assert!(
        matches!(migrated, Err(StoreFault::Schema(_))),
        "{migrated:?}"
    );
}

#[tokio::test]
async fn database_that_is_away_or_wrong_is_told_apart() {
    let mut fixture = Fixture::empty();
    fixture.cluster.stop().unwrap();
    let away = fixture.store.ping().await;
    assert!(matches!(away, Err(StoreFault::Unavailable(_))), "{away:?}");
    assert!(matches!(
        pillarbox::store::Store::new(&pillarbox::config::Database {
            url: "mysql://x".into(),
            ..Default::default()
        }),
        Err(StoreFault::Schema(_))
    ));
    fixture.cluster.start().unwrap();
    fixture.store.ping().await.unwrap();
    let nowhere = store(&fixture.cluster.url().replace("/pillarbox", "/nowhere"));
    let nowhere = nowhere.ping().await;
    assert!(
        matches!(nowhere, Err(StoreFault::Unavailable(_))),
        "{nowhere:?}"
    );
    fixture.store.close();
    assert!(fixture.store.ping().await.is_err());
}
