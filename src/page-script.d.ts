/** The script of the page of `drain serve`, as text; build/build.js makes it of src/serve/page. */
declare module 'drain-page-script' {
  const script: string;
  export default script;
}
