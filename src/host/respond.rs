//! One request: the steps of its exchange, carried out.

use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use web_sys::{FetchEvent, Request, Response};

use super::convert::{self, annotated, response_head, tee};
use super::log::Line;
use super::worker::Shared;
use super::{fetch, now};
use crate::exchange::{Exchange, Found, Served, Shape, Step, Target, Write};
use crate::http::{Outcome, digits};
use crate::route::{Rule, is_fingerprinted, page_candidates};

/// A request on its way, and the responses that its exchange speaks of.
pub(crate) struct Journey {
    client: String,
    exchange: Exchange,
    reply: Option<Response>,
    request: Request,
    /// Resolves the promise that the browser waits for.
    serve: Option<Function>,
    shared: Rc<Shared>,
    started: f64,
    stored: Option<Response>,
}

impl Journey {
    /// The journey of an event's request, and the answer that it will come to; `None` if the worker
    /// does not answer it.
    pub(crate) fn begin(shared: &Rc<Shared>, event: &FetchEvent) -> Option<(Self, Promise)> {
        let request = event.request();
        let head = convert::request_head(&request);
        let rule = if is_fingerprinted(&shared.scope_url, &head) {
            Rule::Fingerprinted
        } else {
            shared.table()?.rule(&head)?
        };
        let exchange = Exchange::new(head.clone(), rule);
        let (answer, serve) = deferred();
        let journey = Self {
            client: convert::client_id(event),
            exchange,
            reply: None,
            request,
            serve,
            shared: Rc::clone(shared),
            started: js_sys::Date::now(),
            stored: None,
        };
        Some((journey, answer))
    }

    /// Takes steps to the end, and answers on the way.
    ///
    /// The steps of a cached asset are here, all others in [`Self::step`]: browsers compile a function
    /// of wasm when it is first called, and most worker starts are for an asset.
    pub(crate) async fn run(mut self) {
        loop {
            match self.exchange.next() {
                Step::Lookup(Target::Asset) => {
                    let found = self.shared.store.asset(&self.request).await;
                    let found = found.map(|asset| self.hold(asset));
                    let found = self.or_nothing(found);
                    self.exchange.on_lookup(found, now());
                }
                Step::ServeStored(served) => {
                    let stored = self.stored.take();
                    self.answer(stored, served, true);
                }
                Step::Done => return,
                step => {
                    let rest: Pin<Box<dyn Future<Output = ()> + '_>> = Box::pin(self.step(step));
                    rest.await;
                }
            }
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Lookup(target) => {
                let found = self.look(target).await;
                let found = self.or_nothing(found);
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
            Step::ServeReply(served) => {
                // The reply itself is kept if it is going to be stored.
                let stores = matches!(served.outcome, Outcome::Forwarded { stored: true, .. });
                let reply = if stores {
                    self.reply.as_ref().and_then(|reply| tee(reply).ok())
                } else {
                    self.reply.take()
                };
                self.answer(reply, served, false);
            }
            Step::ServeFailure(served) => self.answer(None, served, false),
            Step::Write(write) => {
                if let Err(thrown) = self.write(write).await {
                    self.shared.warn("a response could not be stored", &thrown);
                }
            }
            Step::ServeStored(_) | Step::Done => {}
        }
    }

    /// A store that cannot be read holds nothing: the request goes to the network.
    fn or_nothing(&self, found: Result<Found, JsValue>) -> Found {
        found.unwrap_or_else(|thrown| {
            self.shared.warn("the cache could not be read", &thrown);
            Found::Nothing
        })
    }

    /// Holds a response that was found, for [`Step::ServeStored`].
    fn hold(&mut self, found: Option<Response>) -> Found {
        self.stored = found;
        if self.stored.is_some() {
            Found::Present
        } else {
            Found::Nothing
        }
    }

    async fn look(&mut self, target: Target) -> Result<Found, JsValue> {
        let store = &self.shared.store;
        let found = match target {
            Target::Asset => store.asset(&self.request).await?,
            Target::Fallback(page) => store.page(&page_candidates(&page)).await?,
            Target::Page => match store.page(&page_candidates(&self.request.url())).await? {
                Some(page) => Some(page),
                None => return self.look_for_kept().await,
            },
            Target::Response => return self.look_for_kept().await,
        };
        Ok(self.hold(found))
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

    fn answer(&mut self, response: Option<Response>, served: Served, from_store: bool) {
        // Without a response the network's failure is the answer.
        let mut response = response.unwrap_or_else(Response::error);
        if served.shape == Shape::Annotated {
            // What the store holds is older than what later 304 responses said of it.
            let stored = self.exchange.stored().filter(|_| from_store);
            response = annotated(&response, &served, stored.map(|stored| &stored.head.fields))
                .unwrap_or_else(|thrown| {
                    self.shared.warn("a response could not be rebuilt", &thrown);
                    Response::error()
                });
        }
        if let Some(serve) = &self.serve {
            // Resolving a promise cannot fail.
            let _ = serve.call1(&JsValue::UNDEFINED, &response);
        }

        let length = response.headers().get("content-length").ok().flatten();
        self.shared.log.borrow_mut().push(Line {
            bytes: length.and_then(|length| digits(&length)).unwrap_or(0) as f64,
            client: std::mem::take(&mut self.client),
            from_store,
            milliseconds: js_sys::Date::now() - self.started,
            served,
            url: self.request.url(),
        });
    }
}

/// A promise, and the function that resolves it.
fn deferred() -> (Promise, Option<Function>) {
    // An empty `Function` to begin with would be made by JavaScript's `eval`, which a page's policy
    // may forbid.
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver)
}
