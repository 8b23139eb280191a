//! Every bound of the expression language's front half, with its reason.

use std::time::Duration;

/// Longest code of one expression in bytes. APIM allows 256 KiB for a whole document; the longest public expression has 8 KiB.
pub const CODE_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of constructs inside each other (brackets, operands on the right, statements, types, patterns). The parser recurses once
/// per level; twice what the reader of documents lets through in brackets, and what an unoptimised build manages on a stack of 2 MiB.
pub const NESTING_MAX: u32 = 256;
/// Greatest height of the tree. Chains on the left (`a + b + c`, `x.F().G()`) grow the tree without nesting, and everything that walks the
/// tree recurses along them.
pub const TREE_HEIGHT_MAX: u32 = 500;
/// Deepest nesting of interpolated strings in each other's holes.
pub const INTERPOLATION_DEPTH_MAX: usize = 16;
/// Deepest nesting looked at when a type is told from an expression (`a<b<c>>`, `((a, b), c)`); deeper is an expression.
pub const TYPE_SCAN_DEPTH_MAX: u32 = 32;
/// Most dimensions of an array type, as in .NET.
pub const ARRAY_RANK_MAX: usize = 32;
/// Most characters of the code that a message quotes; more may hold the value of a secret named value, and messages end in logs.
pub const QUOTE_CHARS_MAX: usize = 24;

const _: () = assert!(CODE_BYTES_MAX <= u32::MAX as usize, "positions are kept in 32 bits");
const _: () = assert!(NESTING_MAX <= TREE_HEIGHT_MAX, "what nests is also a tree");
const _: () =
    assert!(NESTING_MAX as usize > crate::limits::EXPRESSION_DEPTH_MAX, "what the reader lets through can be parsed");

/// Steps of one evaluation. A step is about ten nanoseconds, so this is about APIM's five seconds of processor time; the machine yields to the
/// worker's other requests long before.
pub const STEPS_MAX: u64 = 500_000_000;
/// Memory that one evaluation may keep, in bytes. Where nobody counts what is given back, all that it may take.
pub const MEMORY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Deepest nesting of natives that call back into code (LINQ inside LINQ), each of which takes a piece of the thread's stack: up to 16 KiB in
/// an unoptimised build, of 2 MiB.
pub const CALL_DEPTH_MAX: u32 = 64;
/// Most expressions bound for one policy expression, those bound again for overload resolution counted each time. Code of the greatest length
/// has a quarter of that many; only lambdas nested in overloaded calls, each with many meanings, come near it.
pub const BINDINGS_MAX: u32 = 1 << 19;
/// Most errors reported about one expression; nobody reads further.
pub const ERRORS_MAX: usize = 50;
/// Most `using var` in one block: each encloses the rest of the block, so they make the tree as high as they are many.
pub const USING_MAX: usize = 64;
/// Deepest nesting of calls of lambdas and local functions. They take no stack of the thread; .NET manages some ten thousand calls on its
/// stack of 1 MiB, real code walks trees of some dozen levels.
pub const FRAMES_MAX: usize = 4096;
/// Most locals and operands of all calls under way (8 MiB).
pub const STACK_VALUES_MAX: usize = 256 * 1024;
/// Most steps after which an evaluation gives the worker back to its other requests: about a millisecond. Where the clock says that they take
/// longer, it does so sooner.
pub const TURN_STEPS_MAX: u64 = 100_000;
/// Time that an evaluation may run, in its own turns (APIM: 5 seconds). Steps end most code before; this ends what waits for the
/// clock, or runs on a slow machine.
pub const TIME_MAX: Duration = Duration::from_secs(5);
/// Steps that natives and what they call back into may take beyond the end of a turn, where nothing can yield (sorting with a lambda, a slow
/// regular expression): about five milliseconds.
pub const NESTED_STEPS_MAX: u64 = 300_000;
/// Nodes of documents and values that nobody holds any more which are freed in each turn: half a millisecond's.
pub const FREED_PER_TURN: usize = 8 * 1024;
/// Nodes that are freed before what an evaluation keeps is counted, some milliseconds': it happens once in dozens of megabytes.
pub const FREED_TO_COUNT: usize = 32 * 1024;
/// Operations on `dynamic` that are kept compiled on each thread, with the types of their operands; then all are forgotten. Code has a few dozen
/// of them, so this is for many expressions.
pub const DYNAMIC_OPERATIONS_MAX: usize = 2048;
/// Most captures of all functions of one expression, and of all calls of local functions. Local functions that call each other share what they
/// capture, so these can be many times as many as the variables that are named; code has a few dozen.
pub const CAPTURES_MAX: usize = 100_000;
/// Most different types among the branches of a switch expression or the items of an array whose common type is looked for: each is compared with
/// each. Code has one to three.
pub const BRANCH_TYPES_MAX: usize = 64;
/// Sets of types that generic local functions are called with in one expression: each is bound and emitted anew.
pub const FUNCTION_INSTANCES_MAX: usize = 64;
/// Type parameters of a local function: their numbers fit into a byte with room for those of classes.
pub const TYPE_PARAMETERS_MAX: usize = 16;
/// Types that the types of one such set are made of: a function that calls itself with `(x, x)` doubles them each time.
pub const INSTANCE_TYPES_MAX: usize = 256;

/// Variables of the request that keep their box while an expression runs. Others would be boxed anew each time; nobody compares so many.
pub(super) const VARIABLE_BOXES_MAX: usize = 64;
/// Exceptions under way at a time whose handlers are kept: each is thrown in a `finally` block that runs for another one. For those before them
/// filters are asked once more.
pub(super) const EXCEPTIONS_MAX: usize = 64;
