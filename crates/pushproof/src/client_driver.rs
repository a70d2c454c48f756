//! `pushproof client-driver`: the reference client, behind the driver protocol on stdin and stdout.

use std::io::{BufReader, stdin, stdout};

use pushproof_record::exit_code;

use crate::{Usage, args::ClientDriverArgs};

pub(crate) async fn run(args: &ClientDriverArgs) -> anyhow::Result<u8> {
    let behaviour = pushproof_client::behaviour(&args.defect).map_err(|error| {
        Usage::new(error.to_string()).hint("`pushproof list defects` names those of clients as well")
    })?;
    pushproof_client::serve(BufReader::new(stdin()), stdout(), behaviour).await?;
    Ok(exit_code::CONFORMANT)
}
