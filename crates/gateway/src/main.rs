//! The `pillarbox` binary: see the library for everything.

fn main() -> std::process::ExitCode {
    pillarbox::cli::run()
}
