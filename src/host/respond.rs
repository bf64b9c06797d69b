//! One request: the steps of its exchange, carried out.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{FetchEvent, Request, Response};

use super::convert::{self, in_shape, response_head, tee};
use super::log::Line;
use super::worker::Shared;
use super::{fetch, now};
use crate::exchange::{Exchange, Found, Served, Step, Target, Write};
use crate::http::{Outcome, digits};
use crate::route::page_candidates;

/// A request on its way, and the responses that its exchange speaks of.
pub(crate) struct Journey {
    client: String,
    exchange: Exchange,
    reply: Option<Response>,
    request: Request,
    shared: Rc<Shared>,
    started: f64,
    stored: Option<Response>,
}

impl Journey {
    /// The journey of an event's request; `None` if the worker does not answer it.
    pub(crate) fn begin(shared: &Rc<Shared>, event: &FetchEvent) -> Option<Self> {
        let request = event.request();
        let head = convert::request_head(&request);
        let exchange = Exchange::new(head.clone(), shared.table.rule(&head)?);
        Some(Self {
            client: convert::client_id(event),
            exchange,
            reply: None,
            request,
            shared: Rc::clone(shared),
            started: js_sys::Date::now(),
            stored: None,
        })
    }

    /// Takes steps to the end, and gives the answer to `serve` on the way.
    pub(crate) async fn run(mut self, serve: impl Fn(Response)) {
        loop {
            match self.exchange.next() {
                Step::Lookup(target) => {
                    let found = self.look(target).await;
                    self.exchange.on_lookup(found, now());
                }
                Step::Forward(conditions) => {
                    let request_time = now();
                    match fetch::forward(&self.request, &conditions).await {
                        Ok(reply) => {
                            self.exchange
                                .on_reply(&response_head(&reply), request_time, now());
                            self.reply = Some(reply);
                        }
                        Err(_) => self.exchange.on_failure(now()),
                    }
                }
                Step::ServeStored(served) => {
                    let stored = self.stored.take();
                    self.answer(&serve, stored, served, true);
                }
                Step::ServeReply(served) => {
                    // The reply itself is kept if it is going to be stored.
                    let stores = matches!(served.outcome, Outcome::Forwarded { stored: true, .. });
                    let reply = if stores {
                        self.reply.as_ref().and_then(|reply| tee(reply).ok())
                    } else {
                        self.reply.take()
                    };
                    self.answer(&serve, reply, served, false);
                }
                Step::ServeFailure(served) => self.answer(&serve, None, served, false),
                Step::Write(write) => {
                    if let Err(thrown) = self.write(write).await {
                        self.shared.warn("a response could not be stored", &thrown);
                    }
                }
                Step::Done => return,
            }
        }
    }

    /// A store that cannot be read holds nothing: the request goes to the network.
    async fn look(&mut self, target: Target) -> Found {
        match self.try_to_look(target).await {
            Ok(found) => found,
            Err(thrown) => {
                self.shared.warn("the cache could not be read", &thrown);
                Found::Nothing
            }
        }
    }

    async fn try_to_look(&mut self, target: Target) -> Result<Found, JsValue> {
        let store = &self.shared.store;
        self.stored = match target {
            Target::Asset => store.asset(&self.request).await?,
            Target::Fallback(page) => store.page(&page_candidates(&page)).await?,
            Target::Page => match store.page(&page_candidates(&self.request.url())).await? {
                Some(page) => Some(page),
                None => return self.look_for_kept().await,
            },
            Target::Response => return self.look_for_kept().await,
        };
        Ok(if self.stored.is_some() {
            Found::Present
        } else {
            Found::Nothing
        })
    }

    async fn look_for_kept(&mut self) -> Result<Found, JsValue> {
        let Some((response, stored)) = self.shared.store.kept(&self.request).await? else {
            return Ok(Found::Nothing);
        };
        self.stored = Some(response);
        Ok(Found::Stored(stored))
    }

    async fn write(&mut self, write: Write) -> Result<(), JsValue> {
        let store = &self.shared.store;
        match write {
            Write::Freshen(stored) => store.freshen(&self.request, &stored).await,
            Write::Remove => store.remove(&self.request).await,
            Write::Store(stored) => match self.reply.take() {
                Some(reply) => store.keep(&self.request, &reply, &stored).await,
                None => Ok(()),
            },
            Write::StoreAsset => match self.reply.take() {
                Some(reply) => self.shared.keep_asset(&self.request.url(), reply).await,
                None => Ok(()),
            },
        }
    }

    fn answer(
        &mut self,
        serve: &impl Fn(Response),
        response: Option<Response>,
        served: Served,
        from_store: bool,
    ) {
        // Without a response the network's failure is the answer.
        let response = response.unwrap_or_else(Response::error);
        let length = response.headers().get("content-length").ok().flatten();
        let bytes = length.and_then(|length| digits(&length)).unwrap_or(0) as f64;
        // What the store holds is older than what later 304 responses said of it.
        let fields = self
            .exchange
            .stored()
            .filter(|_| from_store)
            .map(|stored| &stored.head.fields);
        match in_shape(response, &served, fields) {
            Ok(response) => serve(response),
            Err(thrown) => {
                self.shared.warn("a response could not be rebuilt", &thrown);
                serve(Response::error());
            }
        }
        self.shared.log.borrow_mut().push(Line {
            bytes,
            client: std::mem::take(&mut self.client),
            from_store,
            milliseconds: js_sys::Date::now() - self.started,
            served,
            url: self.request.url(),
        });
    }
}
