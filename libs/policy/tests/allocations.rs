//! A request allocates nothing in the policy engine once the connection's `Run` is warm.
#![allow(unsafe_code, reason = "counting allocations takes a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::IpAddr;

use postern_policy::testing::compile_one;
use postern_policy::{
    Advance, BackendTarget, CountResult, Effect, Exchange, MockExample, Outcome, Program, Run, Section, Side,
};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on to the system's allocator unchanged; the counter is a plain thread-local cell without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An exchange that keeps nothing, so that only the engine's own allocations are counted.
struct Fixed;

impl Exchange for Fixed {
    fn request_id(&self) -> &str {
        "id"
    }
    fn api_id(&self) -> &str {
        "echo"
    }
    fn api_name(&self) -> &str {
        "Echo"
    }
    fn operation_id(&self) -> &str {
        "get"
    }
    fn operation_name(&self) -> &str {
        "Get"
    }
    fn subscription_id(&self) -> Option<&str> {
        Some("subscription")
    }
    fn caller_ip(&self) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, 0, 1]))
    }
    fn unix_time(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1_714_566_645)
    }
    fn method(&self) -> &[u8] {
        b"GET"
    }
    fn set_method(&mut self, _: &[u8]) {}
    fn path(&self) -> &[u8] {
        b"/items/5"
    }
    fn set_path(&mut self, _: &[u8]) {}
    fn query(&self) -> &[u8] {
        b"a=1&b=2"
    }
    fn set_query(&mut self, _: &[u8]) {}
    fn matched_parameter(&self, _: &str) -> Option<&[u8]> {
        Some(b"5")
    }
    fn is_template_query_parameter(&self, _: &[u8]) -> bool {
        false
    }
    fn set_backend(&mut self, _: &BackendTarget) {}
    fn set_client_certificate(&mut self, _certificate: &postern_policy::ClientCertificate) {}

    fn set_proxy(&mut self, _proxy: &postern_policy::HttpProxy) {}

    fn header(&self, _: Side, _: &str) -> Option<&[u8]> {
        Some(b"https://a.example")
    }
    fn header_values(&self, _: Side, _: &str, visit: &mut dyn FnMut(&[u8])) {
        visit(b"https://a.example");
    }
    fn set_header(&mut self, _: Side, _: &str, _: &[u8]) {}
    fn append_header(&mut self, _: Side, _: &str, _: &[u8]) {}
    fn remove_header(&mut self, _: Side, _: &str) {}
    fn status(&self) -> u16 {
        200
    }
    fn set_status(&mut self, _: u16, _: &str) {}
    fn set_body(&mut self, _: Side, _: &[u8]) {}
    fn body(&self, _: Side) -> Option<&[u8]> {
        Some(b"")
    }
    fn content(&self, _: Side) -> Option<&[u8]> {
        Some(b"")
    }
    fn is_coded(&self, _: Side) -> bool {
        false
    }
    fn has_body(&self, _: Side) -> bool {
        false
    }
    fn has_response(&self) -> bool {
        true
    }
    fn random(&mut self) -> u64 {
        4
    }
    fn begin_response(&mut self) {}
    fn mock_example(&self, _: u16, _: Option<&str>, _: Option<u32>) -> Option<MockExample<'_>> {
        Some(MockExample { content_type: "text/plain", body: b"example" })
    }
}

fn request(program: &Program, run: &mut Run) {
    let mut exchange = Fixed;
    run.reset();
    for section in [Section::Inbound, Section::Backend, Section::Outbound] {
        run.enter(section);
        let mut advance = run.advance(program, &mut exchange);
        while let Advance::Perform(effect) = &advance {
            let outcome = match effect {
                Effect::Forward(_) => Outcome::Forwarded,
                Effect::Count(_) => {
                    Outcome::Counted(CountResult { allowed: true, remaining: 1, retry_after_s: 0, which: 0 })
                }
                other => panic!("{other:?}"),
            };
            advance = run.resume(program, &mut exchange, outcome);
        }
        assert!(matches!(advance, Advance::SectionEnd | Advance::Respond));
    }
    run.finish(&mut exchange);
}

#[test]
fn a_request_through_every_policy_allocates_nothing_once_warm() {
    let text = "<policies><inbound>\
        <cors><allowed-origins><origin>https://a.example</origin></allowed-origins><allowed-headers><header>*</header></allowed-headers></cors>\
        <rate-limit calls='9' renewal-period='9' remaining-calls-header-name='R' remaining-calls-variable-name='r' total-calls-header-name='T'>\
          <api id='echo' calls='9' renewal-period='9'><operation id='get' calls='9' renewal-period='9'/></api></rate-limit>\
        <ip-filter action='allow'><address>10.0.0.1</address></ip-filter>\
        <check-header name='Origin' failed-check-httpcode='400' failed-check-error-message='m' ignore-case='true'>\
          <value>HTTPS://A.example</value></check-header>\
        <set-variable name='v' value='some text'/><set-backend-service base-url='http://b?x=y'/>\
        <set-query-parameter name='a'><value>9</value></set-query-parameter><rewrite-uri template='/x/{id}?c=d'/>\
        <set-header name='X' exists-action='append'><value>1</value></set-header><set-method>POST</set-method><set-body>b</set-body>\
        </inbound><backend><forward-request fail-on-error-status-code='true'/></backend>\
        <outbound><set-header name='Y'><value>1</value><value>2</value></set-header><set-status code='201' reason='Created'/>\
        <mock-response/></outbound></policies>";
    let (program, diagnostics) = compile_one(text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let mut run = Run::new();
    for _ in 0..3 {
        request(&program, &mut run);
    }
    let before = ALLOCATIONS.get();
    for _ in 0..100 {
        request(&program, &mut run);
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
}

#[test]
fn an_empty_run_and_an_empty_program_allocate_nothing() {
    let (program, _) = compile_one("<policies/>");
    let before = ALLOCATIONS.get();
    request(&program, &mut Run::new());
    assert_eq!(ALLOCATIONS.get() - before, 0);
}
