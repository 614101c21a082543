{{/*
Mistakes that a schema cannot say in a sentence: each check prints what is wrong, where, and how to mend it. All are told at once.
*/}}
{{- define "commonhold.mistakes" -}}
{{- $v := .Values -}}
{{- $g := $v.governance -}}
{{- if and $g.enabled (eq $g.forge "git") (not $g.policy.url) }}
- governance.policy.url is missing: name the git URL of the policy repository, which `commonhold init` made.
{{- end }}
{{- if and $g.enabled (not $g.policy.genesis) }}
- governance.policy.genesis is missing: give the commit that `commonhold init` printed, so that no other history is ever believed.
{{- end }}
{{- if and $g.enabled (eq $g.forge "git") (hasPrefix "ssh://" $g.policy.url) (not $g.policy.sshSecret) }}
- governance.policy.sshSecret is missing: {{ $g.policy.url }} is over ssh, so name a Secret with `key` and `knownHosts`.
{{- end }}
{{- if and $g.enabled (regexMatch "^https?://[^/]*@" $g.policy.url) }}
- governance.policy.url holds a credential, which would be shown in every manifest: put it into a Secret (governance.policy.sshSecret).
{{- end }}
{{- if and $g.enabled (hasPrefix "http://" $g.policy.url) }}
- governance.policy.url is plain http, which anybody on the way can change: use https:// or ssh://.
{{- end }}
{{- if and $g.enabled (eq $g.forge "github") (not $g.github.repository) }}
- governance.github.repository is missing: give owner/name of the policy repository.
{{- end }}
{{- if and $g.enabled (eq $g.forge "github") (not $g.github.repositoryId) }}
- governance.github.repositoryId is missing: give github:<numeric id>, which stays when the repository is renamed.
{{- end }}
{{- if and $g.enabled (eq $g.forge "github") (not $g.github.secret) }}
- governance.github.secret is missing: name a Secret with `token`, or with `app-key` where appId is given, and with `webhook-secret` where webhook.enabled is true.
{{- end }}
{{- if and $g.enabled (not $g.namespaces) }}
- governance.namespaces is empty: name at least one namespace that the policy repository decides about.
{{- end }}
{{- if has .Release.Namespace $g.namespaces }}
- governance.namespaces names {{ .Release.Namespace }}, where the services themselves run: models belong into another namespace.
{{- end }}
{{- range $g.witnesses }}
{{- with include "commonhold.keyMistake" (dict "key" (splitList " " . | last) "of" "witness" "kinds" "B[A-P]") }}
- governance.witnesses: {{ . }}; take it as `commonhold witness key` prints it.
{{- end }}
{{- end }}
{{- if gt (int $g.witnessQuorum) (len $g.witnesses) }}
- governance.witnessQuorum is {{ $g.witnessQuorum }}, and {{ len $g.witnesses }} witnesses are named: it could never be reached.
{{- end }}
{{- range $name := $v.hostSecrets }}
{{- if has $name (list $g.policy.sshSecret $g.github.secret) }}
- hostSecrets names {{ $name }}, which is governance's own: whoever writes a ModelHost could have it sent to a machine; put what a host is shown into another Secret.
{{- end }}
{{- if hasPrefix "sh.helm.release." $name }}
- hostSecrets names {{ $name }}, in which Helm keeps a release: put what a host is shown into a Secret of its own.
{{- end }}
{{- end }}
{{- with $v.witness }}
{{- if .enabled }}
{{- if not .name }}
- witness.name is missing: give the witness a name, for example ada.example/witness.
{{- end }}
{{- if not .origin }}
- witness.origin is missing: give the origin of the log that is witnessed; `commonhold log verify` shows it.
{{- end }}
{{- if not .logKeys }}
- witness.logKeys is empty: give the public key that the log signs with; `commonhold log verify` shows it.
{{- end }}
{{- range .logKeys }}
{{- with include "commonhold.keyMistake" (dict "key" . "of" "log" "kinds" "A[Q-Za-f]") }}
- witness.logKeys: {{ . }}; take it as `commonhold log verify` shows it.
{{- end }}
{{- end }}
{{- if not .genesis }}
- witness.genesis is missing: give the leaf hash of the log's first record, so that no other log is ever signed; `commonhold log verify` shows it.
{{- else if not (regexMatch "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$" .genesis) }}
- witness.genesis is no leaf hash in base 64: it has 43 characters and one `=`, as `commonhold log verify` shows it.
{{- end }}
{{- end }}
{{- end }}
{{- if and $v.monitoring.serviceMonitor.enabled $v.networkPolicies.enabled (not $v.networkPolicies.metricsFrom) }}
- networkPolicies.metricsFrom is empty, and monitoring.serviceMonitor is enabled: Prometheus could not read the operator, and the alert CommonholdNobodyLeads would never end; give a label of its namespace, for example kubernetes.io/metadata.name: monitoring.
{{- end }}
{{- if and $v.ollama.machines (not $v.cluster.networks) }}
- cluster.networks is empty, and ollama.machines has machines: name the networks of this cluster's pods and services (k3s: 10.42.0.0/16 and 10.43.0.0/16), or no host in it is asked.
{{- end }}
{{- if and $v.siteRegistry.enabled (not $v.siteRegistry.host) (not $v.cluster.networks) }}
- cluster.networks is empty, and siteRegistry is enabled: name the networks of this cluster's pods and services (k3s: 10.42.0.0/16 and 10.43.0.0/16), or the registry in it is not asked.
{{- end }}
{{- if and $v.siteRegistry.enabled $v.siteRegistry.tls (not $v.siteRegistry.host) }}
- siteRegistry.tls is true, and siteRegistry.host is empty: the registry itself speaks plain http; name the host before it that has the certificate.
{{- end }}
{{- $names := list }}
{{- $nodes := list }}
{{- range $v.ollama.machines }}
{{- if not (hasKey $v.ollama.classes .class) }}
- ollama.machines: {{ .name }} is of class {{ .class }}, which is none of {{ keys $v.ollama.classes | sortAlpha | join ", " }}.
{{- end }}
{{- if has .name $names }}
- ollama.machines: two machines are named {{ .name }}; each needs a name of its own.
{{- end }}
{{- if has .node $nodes }}
- ollama.machines: node {{ .node }} is named twice; two Ollamas would take each other's memory and models.
{{- end }}
{{- with .cache }}
{{- if and .hostPath .size }}
- ollama.machines: the cache of a machine has hostPath and size; give a folder of the node, or the size of a claim.
{{- end }}
{{- end }}
{{- $names = append $names .name }}
{{- $nodes = append $nodes .node }}
{{- end }}
{{- include "commonhold.routeMistakes" (dict "path" "gateway" "values" $v.gateway "crosses" "keys of members and their questions") }}
{{- if and $g.enabled (eq $g.forge "github") }}
{{- $webhook := $g.github.webhook }}
{{- include "commonhold.routeMistakes" (dict "path" "governance.github.webhook" "values" $webhook "crosses" "what GitHub tells") }}
{{- if and (or $webhook.ingress.enabled $webhook.httpRoute.enabled) (not $webhook.enabled) }}
- governance.github.webhook.enabled is false, and a way in is enabled beside it: governance would take no webhook; put its secret into {{ $g.github.secret | default "governance.github.secret" }} under `webhook-secret`, and enable it.
{{- end }}
{{- end }}
{{- with $v.gateway }}
{{- if and (gt (int .replicas) 1) (ge (int .podDisruptionBudget.minAvailable) (int .replicas)) }}
- gateway.podDisruptionBudget.minAvailable is {{ .podDisruptionBudget.minAvailable }} of {{ .replicas }} replicas: no node could ever be drained; it has to be smaller.
{{- end }}
{{- $bodies := include "commonhold.bodies" $ | fromJson }}
{{- if and $bodies.together (gt (int64 $bodies.largest) (int64 $bodies.together)) }}
- gateway.bodies.largest is more than bodies may take together ({{ $bodies.together }} bytes): give bodies.together more, or the gateway more memory.
{{- end }}
{{- if has "*" .corsOrigins }}
- gateway.corsOrigins holds "*": every page that a member visits could ask with the member's key; name the origins.
{{- end }}
{{- end }}
{{- end }}

{{/* Of an Ingress and a route at `path`, only one of which is taken. `crosses`: what would be read on the way. */}}
{{- define "commonhold.routeMistakes" -}}
{{- $path := .path -}}
{{- $crosses := .crosses -}}
{{- with .values }}
{{- if and .ingress.enabled .httpRoute.enabled }}
- {{ $path }}.ingress and {{ $path }}.httpRoute are both enabled: choose one way in.
{{- end }}
{{- if and .ingress.enabled (not .ingress.host) }}
- {{ $path }}.ingress.host is missing: give the name that people will use.
{{- end }}
{{- if and .ingress.enabled (not .ingress.tlsSecret) }}
- {{ $path }}.ingress.tlsSecret is missing: {{ $crosses }} would cross the network unencrypted; name a Secret with certificate and key.
{{- end }}
{{- if and .httpRoute.enabled (not .httpRoute.gateway.name) }}
- {{ $path }}.httpRoute.gateway.name is missing: name the Gateway that it hangs on.
{{- end }}
{{- if and .httpRoute.enabled (not .httpRoute.hostnames) }}
- {{ $path }}.httpRoute.hostnames is empty: give the names that people will use.
{{- end }}
{{- end }}
{{- end }}

{{/*
What is wrong with a public key of a log or a witness (`of`), or nothing. `kinds`: how its base 64 begins, which says what kind of key it is. The
eight hex digits begin the hash of name and key (C2SP signed-note): a slip in either is found out.
*/}}
{{- define "commonhold.keyMistake" -}}
{{- $parts := splitn "+" 3 .key -}}
{{- if not (regexMatch (printf `^[^\s+]+\+[0-9a-f]{8}\+%s[A-Za-z0-9+/]{42}$` .kinds) .key) -}}
{{ .key }} is no public key of a {{ .of }}, <name>+<eight hex digits>+<base64>
{{- else if ne $parts._1 (printf "%s\n%s" $parts._0 (b64dec $parts._2) | sha256sum | trunc 8) -}}
{{ .key }} was copied wrongly, since its eight hex digits do not fit the rest
{{- end }}
{{- end }}

{{/*
Values that this version has and that are not there, with commas between. Templates would break on each, or make something of it that nobody
wants. `files/values.txt` names all, what holds others before them.
*/}}
{{- define "commonhold.missingValues" -}}
{{- $missing := list }}
{{- range $path := .Files.Get "files/values.txt" | trim | splitList "\n" }}
{{- $at := $.Values.AsMap }}
{{- $isThere := true }}
{{- range splitList "." $path }}
{{- if and (kindIs "map" $at) (hasKey $at .) }}{{ $at = get $at . }}{{ else }}{{ $at = dict }}{{ $isThere = false }}{{ end }}
{{- end }}
{{- $isTold := false }}
{{- range $missing }}{{ if hasPrefix (printf "%s." .) $path }}{{ $isTold = true }}{{ end }}{{ end }}
{{- if not (or $isThere $isTold) }}{{ $missing = append $missing $path }}{{ end }}
{{- end }}
{{- join ", " $missing }}
{{- end }}

{{/* In the first line of each template: in whatever order they are taken, none breaks before this was said. */}}
{{- define "commonhold.validate" -}}
{{- with include "commonhold.missingValues" . }}
{{- fail (printf "\n\nThese values are missing: %s.\n`helm upgrade --reuse-values` brings none that are new in a version: say --reset-then-reuse-values instead. Where your own values have null for one, leave it out.\n" .) }}
{{- end }}
{{- with include "commonhold.mistakes" . | trim }}
{{- fail (printf "\n\nThese values do not fit:\n%s\n" .) }}
{{- end }}
{{- end }}
