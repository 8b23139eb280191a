//! URLs that the specification allows, and URLs that it does not, against the model in `data/shop.xml`.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::fmt::Write;

use postern_odata::{Model, OdataError, Request, Version, check};

const SHOP: &str = include_str!("data/shop.xml");
const ACCEPTED: &str = include_str!("data/accepted.txt");
const REFUSED: &str = include_str!("data/refused.txt");
const LEGACY: &str = include_str!("data/legacy.txt");
const LEGACY_MODEL: &str = include_str!("data/legacy.xml");

fn checked(url: &str, version: Version, model: Option<&Model>) -> Result<(), OdataError> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    check(&Request { path: path.as_bytes(), query: query.as_bytes(), version }, model)
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ") && *line != "#")
}

fn refused(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    lines(text).map(|line| {
        let mut parts = line.split('\t');
        (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
    })
}

#[test]
fn what_the_specification_allows_is_accepted() {
    let model = Model::parse(SHOP).unwrap();
    let mut wrong = String::new();
    for url in lines(ACCEPTED) {
        if let Err(error) = checked(url, Version::V401, Some(&model)) {
            writeln!(wrong, "{url}\n    {error}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn without_a_model_the_same_is_accepted() {
    let mut wrong = String::new();
    for url in lines(ACCEPTED) {
        if let Err(error) = checked(url, Version::V401, None) {
            writeln!(wrong, "{url}\n    {error}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_the_specification_does_not_allow_is_refused() {
    let model = Model::parse(SHOP).unwrap();
    let mut wrong = String::new();
    for (url, place, message) in refused(REFUSED) {
        match checked(url, Version::V401, Some(&model)) {
            Err(error) if error.place.to_string() == place && error.message.contains(message) => {}
            other => writeln!(wrong, "{url}\n    {place}: {message}\n    {other:?}").unwrap(),
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn urls_of_versions_before_4_are_read_as_they_were() {
    let model = Model::parse(LEGACY_MODEL).unwrap();
    for line in lines(LEGACY) {
        let mut parts = line.split('\t');
        let url = parts.next().unwrap();
        let found = checked(url, Version::Legacy, Some(&model));
        match (parts.next(), parts.next()) {
            (Some(place), Some(message)) => {
                let error = found.expect_err(url);
                assert_eq!(error.place.to_string(), place, "{url}: {error}");
                assert!(error.message.contains(message), "{url}: {error}");
            }
            _ => assert_eq!(found, Ok(()), "{url}"),
        }
    }
}

#[test]
fn a_fault_has_its_place() {
    let model = Model::parse(SHOP).unwrap();
    for (url, position) in [
        ("Products/x", 9),
        ("Products(1)/Nothing", 12),
        ("Categories('a%2Fb')/x", 0),
        ("Customers('a%2Fb')/x", 17),
        ("Products(1)/Name/$value/foo", 24),
        ("Products/$count/foo", 16),
        ("OrderItems(OrderID=1;ItemID='a')", 20),
        ("Products?$filter=Name eq 5", 8),
        ("Products?$filter=Name%20eq%20'O'Neil'", 11),
        ("Products?$filter=%20truth", 1),
        ("Products?$filter=Price gt 5 and Nothing", 15),
        ("Suppliers?$expand=Products($filter=Prize gt 5)", 17),
    ] {
        assert_eq!(checked(url, Version::V401, Some(&model)).unwrap_err().position, position, "{url}");
    }
}

#[test]
fn in_4_0_options_without_a_dollar_are_custom_ones() {
    let model = Model::parse(SHOP).unwrap();
    let url = "Products?filter=Nothing eq&top=x&$top=1";
    assert_eq!(checked(url, Version::V4, Some(&model)), Ok(()));
    assert!(checked(url, Version::V401, Some(&model)).is_err());
}

#[test]
fn without_a_model_what_is_no_url_is_refused() {
    for (url, place) in [
        ("Products(", "path"),
        ("Products(1)(2)(3)", "path"),
        ("$nothing", "path"),
        ("a.b", "path"),
        ("Products/$count/x", "path"),
        ("Products/$nothing", "path"),
        ("$metadata?$top=1", "$top"),
        ("Products?$filter=Name eq", "$filter"),
        ("Products?$filter='a' eq 5", "$filter"),
        ("Products?$filter=5", "$filter"),
        ("Products?$filter=f(Name)", "$filter"),
        ("Products?$filter=contains(Name)", "$filter"),
        ("Products?$filter=a/any(b)", "$filter"),
        ("Products?$orderby=Name up", "$orderby"),
        ("Products?$expand=a($top=x)", "$expand"),
        ("Products?$top=x", "$top"),
        ("Products?$what=x", "$what"),
        ("Products?$top=1&$top=1", "$top"),
    ] {
        let error = checked(url, Version::V4, None).expect_err(url);
        assert_eq!(error.place.to_string(), place, "{url}: {error}");
    }
}
