/**
 * Defuses the words of a gate, which a chat would obey: `<!channel>` of Slack and `@all` of
 * Mattermost wake everybody, `<https://…|here>` is a link under a false name.
 */
export const callingNobody = (text: string): string =>
  text
    .replace(/<(?=[!@#]|[a-z][\w+.-]*:)/gi, '< ')
    .replace(/@(?=(?:channel|here|all|everyone)\b)/gi, '@ ');
