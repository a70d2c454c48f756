//! Everything in a record that is not the suite's own.

use super::{Redactor, fields};
use crate::{
    Body, Content, Evidence, Exchange, Exclusion, Leftover, Mismatch, PreflightCheck, Record, StepOutcome,
    curl::names,
};

impl Redactor {
    /// The record without secrets: to be asked for last, when every secret of the run is known. An answer can repeat one
    /// that was not known yet when the answer came.
    #[must_use]
    pub fn record(&self, mut record: Record) -> Record {
        let subject = &mut record.subject;
        self.each([&mut subject.url]);
        self.each(subject.name.iter_mut().chain(&mut subject.version).chain(&mut subject.dialects_seen));
        for value in record.options.values_mut() {
            *value = self.json(std::mem::take(value));
        }
        self.each(record.selection.run.iter_mut().chain(&mut record.selection.skip));
        self.each(&mut record.unjudgeable);
        for clause in &mut record.clauses {
            self.each(clause.reading.iter_mut().chain(&mut clause.reason));
        }
        for scenario in &mut record.scenarios {
            if let Some(excluded) = &mut scenario.excluded {
                self.exclusion(excluded);
            }
            scenario.steps.iter_mut().for_each(|step| self.outcome(&mut step.outcome));
        }
        for PreflightCheck { message, hint, evidence, .. } in &mut record.preflight {
            self.each(std::iter::once(message).chain(hint));
            self.all(evidence);
        }
        for Leftover { what, user_id, reason } in &mut record.leftovers {
            self.each([what, reason].into_iter().chain(user_id));
        }
        record
    }

    fn outcome(&self, outcome: &mut StepOutcome) {
        let StepOutcome { message, mismatch, hint, reading, witness, evidence, .. } = outcome;
        self.each(message.iter_mut().chain(hint).chain(reading).chain(witness));
        *mismatch = mismatch.take().map(|mismatch| self.mismatch(mismatch));
        self.all(evidence);
    }

    fn exclusion(&self, excluded: &mut Exclusion) {
        match excluded {
            Exclusion::NotImplemented { reason, .. } | Exclusion::NotApplicable { reason } => {
                self.each([reason]);
            }
            Exclusion::NotJudged { reason, hint } => self.each(std::iter::once(reason).chain(hint)),
            Exclusion::NotSelected => {}
        }
    }

    fn each<'a>(&self, messages: impl IntoIterator<Item = &'a mut String>) {
        for message in messages {
            *message = self.message(message);
        }
    }

    fn all(&self, evidence: &mut Vec<Evidence>) {
        *evidence = std::mem::take(evidence).into_iter().map(|piece| self.evidence(piece)).collect();
    }

    /// The difference without secrets.
    #[must_use]
    pub fn mismatch(&self, mut mismatch: Mismatch) -> Mismatch {
        let field = |pointer: &str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
        mismatch.expected = self.field(&field(&mismatch.pointer), mismatch.expected);
        mismatch.actual = mismatch.actual.map(|value| self.field(&field(&mismatch.pointer), value));
        for near in &mut mismatch.near_misses {
            near.actual = near.actual.take().map(|value| self.field(&field(&near.pointer), value));
            near.pointer = self.text(&near.pointer);
        }
        mismatch.pointer = self.text(&mismatch.pointer);
        mismatch
    }

    /// The evidence without secrets.
    #[must_use]
    pub fn evidence(&self, evidence: Evidence) -> Evidence {
        match evidence {
            Evidence::Exchange(exchange) => self.exchange(*exchange).into(),
            Evidence::Push { at_ms, app_id, pushkey, event_id, body } => Evidence::Push {
                at_ms,
                app_id: self.message(&app_id),
                pushkey: self.message(&pushkey),
                event_id: event_id.map(|id| self.message(&id)),
                body: self.body(body),
            },
            Evidence::Mail { at_ms, from, to, subject, body } => Evidence::Mail {
                at_ms,
                from: self.message(&from),
                to: to.iter().map(|address| self.message(address)).collect(),
                subject: self.text(&subject),
                body: self.body(body),
            },
            Evidence::DriverMessage { at_ms, direction, message } => {
                Evidence::DriverMessage { at_ms, direction, message: self.json(message) }
            }
            Evidence::ServerLog { at_ms, text } => Evidence::ServerLog { at_ms, text: self.text(&text) },
        }
    }

    pub(super) fn exchange(&self, exchange: Exchange) -> Exchange {
        let Exchange { mut request, mut response, error, variables: known, .. } = exchange;
        let written = names(&request);
        request.url = self.url(&request.url);
        request.headers = self.headers(request.headers);
        request.body = request.body.map(|body| self.body(body));
        if let Some(response) = &mut response {
            response.headers = self.headers(std::mem::take(&mut response.headers));
            response.body = response.body.take().map(|body| self.body(body));
        }
        let mut variables = names(&request);
        variables.retain(|name| {
            // One that the request was sent with is text, and makes no variable of the same name safe either.
            (known.contains(name) || !written.contains(name))
                && (self.values().is_variable(name) || fields::is_variable(name))
        });
        let error = error.map(|error| self.text(&error));
        Exchange { request, response, error, variables: variables.into_iter().collect(), ..exchange }
    }

    pub(super) fn body(&self, body: Body) -> Body {
        let is_cut = body.is_cut();
        let content = match body.content {
            Content::Json(value) => Content::Json(self.json(value)),
            Content::Text(mut text) => {
                if is_cut {
                    self.values().trim_beginning(&mut text);
                }
                Content::Text(self.text(&text))
            }
        };
        Body { content, ..body }
    }
}
