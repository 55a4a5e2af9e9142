// Leads a node program that has HubSpot's address written in to the twin: the name resolves to loopback, TLS stays on.
// HubSpot switched API keys off in November 2022; a program that still sends one hands over the token in its place.
const https = require("https");
const net = require("net");

const NAMES = ["api.hubapi.com", "api.hubspot.com", "app.hubspot.com"];
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function lead(...given) {
  const where = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (where && typeof where === "object" && NAMES.includes(where.host)) {
    where.servername = where.servername || where.host;
    where.host = "127.0.0.1";
    where.port = Number(process.env.TWIN_TLS_PORT);
  }
  return connect.apply(this, given);
};

const request = https.request;
https.request = function hand(options, ...rest) {
  if (options && typeof options.path === "string" && /[?&]hapikey=/.test(options.path)) {
    options.path = options.path.replace(/hapikey=[^&]*&?/, "");
    options.headers = { ...options.headers, authorization: `Bearer ${process.env.TWIN_TOKEN}` };
  }
  return request.call(this, options, ...rest);
};
