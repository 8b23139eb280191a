//! Every system test of the gateway runs on both I/O drivers.

/// The gateway's I/O driver, by its name on the command line and in the ready line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    IoUring,
    Epoll,
}

impl Driver {
    pub fn name(self) -> &'static str {
        match self {
            Driver::IoUring => "io_uring",
            Driver::Epoll => "epoll",
        }
    }
}

/// Makes two tests of a function that takes a [`Driver`]: `NAME::io_uring` and `NAME::epoll`.
#[macro_export]
macro_rules! on_both_drivers {
    ($($(#[$attribute:meta])* fn $name:ident($driver:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test names something of its file")]
            use super::*;

            $(#[$attribute])*
            fn run($driver: $crate::driver::Driver) $body

            #[test]
            fn io_uring() {
                run($crate::driver::Driver::IoUring);
            }

            #[test]
            fn epoll() {
                run($crate::driver::Driver::Epoll);
            }
        }
    )+};
}
