use super::*;

#[test]
fn every_part_has_an_object_of_its_own_and_a_type() {
    for of in PARTS {
        let value = part(of);
        assert_eq!(value.downcast_ref::<PartObject>().map(|object| object.0), Some(of));
        assert_ne!(value.of(), Type::Object, "{of:?}");
        assert!(part(of).same(&value));
    }
}
