use super::super::array::Array;
use super::super::types::Type;
use super::*;

/// Collections of so many nodes until all is freed.
fn turns(nodes: usize) -> usize {
    (1..)
        .find(|_| {
            garbage::collect(nodes);
            !garbage::is_waiting()
        })
        .unwrap_or_default()
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| Value::object(Array::values(Type::Object, vec![inner])))
}

#[test]
fn a_million_arrays_inside_each_other_are_dropped_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| drop(nested(1_000_000)));
    thread.unwrap().join().unwrap();
}

#[test]
fn values_that_wait_when_the_thread_ends_are_freed_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
        garbage::collect(1);
        drop(nested(1_000_000));
        assert!(garbage::is_waiting());
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn values_inside_each_other_are_freed_in_turns() {
    std::thread::spawn(|| {
        garbage::collect(1);
        drop(nested(100_000));
        let turns = turns(10_000);
        assert!((9..=20).contains(&turns), "{turns}");
        // One list of many, which holds no objects.
        drop(Value::object(Array::values(Type::Object, vec![Value::Int(1); 3_000_000])));
        assert!(garbage::is_waiting());
        assert!(self::turns(10_000) >= 9);
        // What somebody holds stays as it is.
        let inner = nested(3);
        drop(Value::object(Array::values(Type::Object, vec![inner.clone(); 100_000])));
        self::turns(10_000);
        assert!(inner.downcast_ref::<Array>().is_some());
    })
    .join()
    .unwrap();
}
