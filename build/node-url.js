/** What the HTTP client of the Kubernetes client takes from `whatwg-url` where Node has no URL. */
export { URL } from 'node:url';
