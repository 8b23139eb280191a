//! No call into the policy engine does much at once, whatever an expression has built: what it built is freed in turns. Blocks of memory are counted,
//! not time: the same on every machine.
#![allow(unsafe_code, reason = "counting blocks takes a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use postern_dotnet::garbage;
use postern_policy::testing::{MemoryExchange, compile_one};
use postern_policy::{Advance, Effect, Outcome, Run, Section};

thread_local! {
    static FREED: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on to the system's allocator unchanged; the counter is a plain thread-local cell without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        FREED.set(FREED.get() + 1);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Blocks that one call may free: those that it used itself, and what it collects of what was dropped before. Freeing one takes some tens of
/// nanoseconds, and a node of a document has up to five.
const FREED_MAX: usize = 60_000;

/// Blocks that are freed between two calls.
struct Meter {
    most: usize,
    all: usize,
}

impl Meter {
    fn measure<T>(&mut self, call: impl FnOnce() -> T) -> T {
        let before = FREED.get();
        let result = call();
        let freed = FREED.get() - before;
        self.most = self.most.max(freed);
        self.all += freed;
        result
    }
}

/// Sets a variable, ends the request, and collects what is left: the most blocks that were freed at once, and all.
fn blocks(code: &str) -> Result<(usize, usize), String> {
    let code = code.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let text = format!("<policies><inbound><set-variable name=\"v\" value=\"@{{{code}}}\"/></inbound></policies>");
    let (program, diagnostics) = compile_one(&text);
    if !diagnostics.is_empty() {
        return Err(format!("{diagnostics:?}"));
    }
    let mut exchange = MemoryExchange::get("/");
    let mut run = Run::new();
    let mut meter = Meter { most: 0, all: 0 };
    garbage::collect(1);
    run.enter(Section::Inbound);
    let mut advance = meter.measure(|| run.advance(&program, &mut exchange));
    loop {
        match advance {
            Advance::Perform(Effect::Yield) => {
                advance = meter.measure(|| run.resume(&program, &mut exchange, Outcome::Done));
            }
            Advance::SectionEnd => break,
            Advance::Failed if code.contains("throw new") => break,
            other => return Err(format!("{other:?} {:?}", run.last_error())),
        }
    }
    meter.measure(|| run.reset());
    while garbage::is_waiting() {
        meter.measure(|| garbage::collect(8 * 1024));
    }
    meter.measure(|| drop(run));
    Ok((meter.most, meter.all))
}

/// Each builds some hundred thousand values.
const BUILT: &[&str] = &[
    // In each other.
    "Dictionary<string, object> d = null; for (int i = 0; i < 60000; i++) d = new Dictionary<string, object> { { \"a\", d } }; return d;",
    "object o = null; for (int i = 0; i < 300000; i++) o = new object[] { o }; return o;",
    "object o = null; for (int i = 0; i < 200000; i++) o = new List<object> { o, \"\" + i }; return o;",
    "object o = null; for (int i = 0; i < 200000; i++) o = new { a = o, b = i }; return o;",
    "object o = null; for (int i = 0; i < 200000; i++) o = (o, i); return o;",
    "object o = null; for (int i = 0; i < 200000; i++) o = Tuple.Create(o, i); return o;",
    "object o = null; for (int i = 0; i < 200000; i++) o = new KeyValuePair<object, object>(i, o); return o;",
    "Func<int> f = () => 1; for (int i = 0; i < 200000; i++) { var g = f; f = () => g() + 1; } return f;",
    "Exception e = null; for (int i = 0; i < 100000; i++) e = new Exception(\"a\" + i, e); return e;",
    "IEnumerable<int> s = new[] { 1 }; for (int i = 0; i < 200000; i++) s = s.Concat(new[] { i }); return s;",
    "IEnumerable<int> s = new[] { 1 }; for (int i = 0; i < 200000; i++) s = s.OrderBy(x => x); return s;",
    "object o = null; for (int i = 0; i < 150000; i++) { var q = new Queue<object>(); q.Enqueue(o); o = q; } return o;",
    "object o = null; for (int i = 0; i < 200000; i++) o = new List<object> { o }.AsReadOnly(); return o;",
    "object o = null; for (int i = 0; i < 30000; i++) { var h = new HashSet<object>(); h.Add(o); o = h; } return o;",
    "JToken t = new JArray(); for (int i = 0; i < 60000; i++) t = new JObject(new JProperty(\"a\", t)); return t;",
    "XElement x = new XElement(\"a\"); for (int i = 0; i < 60000; i++) x = new XElement(\"a\", x); return x;",
    // Beside each other.
    "return Enumerable.Range(0, 50000).Select(i => new Dictionary<string, object> { { \"a\", i } }).ToList();",
    "return Enumerable.Range(0, 300).Select(i => Enumerable.Range(0, 1000).Select(j => \"a text that takes a block: \" + j).ToArray()).ToArray();",
    "return Enumerable.Range(0, 200000).Select(i => \"a text that takes a block: \" + i).ToList();",
    "return Enumerable.Range(0, 200).Select(i => new JArray(Enumerable.Range(0, 1000))).ToList();",
    "return Enumerable.Range(0, 50000).Select(i => new JArray(i, i)).ToList();",
    "return Enumerable.Range(0, 50000).Select(i => new XElement(\"a\", i)).ToList();",
    "return Enumerable.Range(0, 100000).Select(i => new StringBuilder(\"a\" + i)).ToList();",
    "return Enumerable.Range(0, 100000).ToDictionary(i => \"k\" + i, i => new[] { i });",
    "return Enumerable.Range(0, 100000).GroupBy(i => i / 2).ToList();",
    "return Enumerable.Range(0, 100000).ToLookup(i => i / 2);",
    "return new Stack<object>(Enumerable.Range(0, 150000).Select(i => (object)new[] { i }));",
    "return Enumerable.Range(0, 100000).Select(i => (Func<int>)(() => i)).ToList();",
    "return Enumerable.Range(0, 200000).Select(i => (\"a\" + i, i)).ToList();",
    "return Regex.Matches(new string('a', 50000), \"a\");",
    // Nothing of it is left, or all goes at one instruction.
    "var l = Enumerable.Range(0, 200000).Select(i => new[] { i }).ToList(); l.Clear(); return 1;",
    "var l = Enumerable.Range(0, 200000).Select(i => new[] { i }).ToList(); l = null; return 1;",
    "for (int i = 0; i < 200; i++) { var l = Enumerable.Range(0, 1000).Select(j => new[] { j }).ToList(); } return 1;",
    "int f(int n) { var a = new[] { new[] { n }, new[] { n } }; return n == 0 ? 0 : f(n - 1) + a.Length; } int s = 0; for (int i = 0; i < 40; i++) s += f(3000); return s;",
    "var fs = new List<Func<int>>(); for (int i = 0; i < 100000; i++) { int k = i; fs.Add(() => k); } return fs.Count;",
    "Func<int, int> f = null; for (int i = 0; i < 100000; i++) { int k = i; f = x => x == 0 ? k : f(x - 1); } return f(3);",
    "object o = null; for (int i = 0; i < 200000; i++) o = new object[] { o }; throw new Exception(\"e\");",
];

#[test]
fn whatever_code_builds_is_freed_in_turns() {
    let mut faults = Vec::new();
    for code in BUILT {
        let code = (*code).to_owned();
        // A thread of its own has nothing left over from the one before.
        let told = std::thread::spawn(move || (blocks(&code), code)).join().unwrap();
        match told {
            (Ok((most, all)), code) if most > FREED_MAX || all <= FREED_MAX => {
                faults.push(format!("{code}: {most} at once of {all}"));
            }
            (Err(message), code) => faults.push(format!("{code}: {message:.400}")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
