//! Figures of each organisation as metrics (P4), for Prometheus and its likes: behind a token, since they say who has incidents.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Api;
use super::access::{By, Read};
use super::problem::{Problem, Problems};
use crate::figures::{self, Constituent};

/// As `prometheus_client` writes it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Names of [`Constituent::ages`].
const AGES: [&str; 6] = ["<4h", "<24h", "<72h", "<168h", "<720h", "older"];

/// Whose figure it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Whose {
    team: String,
    organisation: String,
}

/// Whose figure it is, and of tickets of which age.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Aged {
    team: String,
    organisation: String,
    age: &'static str,
}

/// Figures of each organisation as metrics
///
/// Those of `figures`, as OpenMetrics: open and overdue tickets, those of the last thirty days, and the open ones by age. Summaries are
/// opened for it, and the audit trail says so: ask every five minutes at most.
#[utoipa::path(get, path = "/figures/metrics", operation_id = "metrics", tag = "tickets",
    responses((status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text"), Problems))]
pub(super) async fn show(
    State(api): State<Api>,
    by: By<Read>,
) -> Result<impl IntoResponse, Problem> {
    let desk = by.desk.clone().informed(&api.settings).await?;
    let of = figures::of(&desk, &api.settings.team.timezone).await?;
    Ok((
        [(CONTENT_TYPE, OPEN_METRICS)],
        written(&desk.team, &of.constituents),
    ))
}

fn written(team: &str, constituents: &[Constituent]) -> String {
    let mut registry = Registry::with_prefix("pillarbox_organisation");
    let mut family = |name: &str, help: &str| {
        let family = Family::<Whose, Gauge>::default();
        registry.register(name, help, family.clone());
        family
    };
    let open = family("tickets_open", "Open ones of the newest 500 open tickets");
    let overdue = family("tickets_overdue", "Those of them that are overdue");
    let month = family(
        "tickets_month",
        "Tickets of thirty days among the newest 500",
    );
    let by_age = Family::<Aged, Gauge>::default();
    registry.register("tickets_age", "The open ones by age", by_age.clone());
    for one in constituents {
        let whose = Whose {
            team: team.to_owned(),
            organisation: one.name.clone(),
        };
        open.get_or_create(&whose).set(one.open);
        overdue.get_or_create(&whose).set(one.overdue);
        month.get_or_create(&whose).set(one.month);
        for (age, count) in AGES.into_iter().zip(one.ages) {
            let Whose { team, organisation } = whose.clone();
            let aged = Aged {
                team,
                organisation,
                age,
            };
            by_age.get_or_create(&aged).set(count);
        }
    }
    let mut text = String::new();
    // Into a text nothing can fail.
    let _ = encode(&mut text, &registry);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_write_no_metrics_of_their_own() {
        let one = Constituent {
            name: "Bank \"A\"\n} pillarbox 1 \\".into(),
            open: 3,
            ages: [1, 0, 2, 0, 0, 0],
            ..Constituent::default()
        };
        let text = written("Team", &[one]);
        assert!(text.contains(
            r#"pillarbox_organisation_tickets_open{team="Team",organisation="Bank \"A\"\n} pillarbox 1 \\"} 3"#
        ));
        assert!(text.contains(r#"age="<72h"} 2"#), "{text}");
        assert!(text.ends_with("# EOF\n"));
        let begins =
            |line: &str| line.starts_with("# ") || line.starts_with("pillarbox_organisation_");
        assert!(text.lines().all(begins), "{text}");
    }
}
