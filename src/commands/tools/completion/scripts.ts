/** The scripts that shells load; each asks `drain completion SHELL -- WORDS` at a Tab. */
export const scripts = {
  // Words as they were typed: bash itself would part them at : and =, which are in addresses.
  bash: `_drain() {
  local line=\${COMP_LINE:0:COMP_POINT} value help word stays
  local -a words
  COMPREPLY=()
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[-1]}
  stays=\${word%"\${word##*[:=]}"}
  while IFS=$'\\t' read -r value help; do
    if [[ $value == :files ]]; then
      compopt -o filenames 2>/dev/null
      word=\${word##*=}
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$word")
    else
      COMPREPLY+=("\${value#"$stays"}")
    fi
  done < <("\${words[0]}" completion bash -- "\${words[@]}" 2>/dev/null)
  [[ \${COMPREPLY[0]} == *[=,] && \${#COMPREPLY[@]} == 1 ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _drain drain
`,
  zsh: `#compdef drain
_drain() {
  local value help
  local -a found texts
  while IFS=$'\\t' read -r value help; do
    if [[ $value == :files ]]; then
      compset -P '*='
      _files
    else
      found+=("$value")
      texts+=("$value\${help:+  -- $help}")
    fi
  done < <("\${words[1]}" completion zsh -- "\${(@)words[1,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && compadd -l -d texts -a found
}
if [ "\${funcstack[1]}" = _drain ]; then _drain "$@"; else compdef _drain drain; fi
`,
  fish: `function __drain_complete
    set -l words (commandline -opc)
    for line in ($words[1] completion fish -- $words (commandline -ct) 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c drain -f -a '(__drain_complete)'
`,
} as const;

export type Shell = keyof typeof scripts;

export const isShell = (text: string): text is Shell => Object.hasOwn(scripts, text);
