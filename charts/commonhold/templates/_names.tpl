{{- define "commonhold.labels" -}}
app.kubernetes.io/part-of: commonhold
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* What finds the pods of one part; never changes, since a Deployment's selector cannot. */}}
{{- define "commonhold.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* How many of a service there are: (root, replicas); while a backup is put back none, since what they write would meet what is restored. */}}
{{- define "commonhold.replicas" -}}
{{- ternary 0 (index . 1) (index . 0).Values.restoring -}}
{{- end }}

{{- define "commonhold.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end }}

{{/* Security as the profile `restricted` wants it, and a file system that nobody writes to. */}}
{{- define "commonhold.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "commonhold.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "commonhold.image-fields" -}}
image: {{ include "commonhold.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* Of an image; begins on a line of its own, or is nothing. */}}
{{- define "commonhold.pullSecrets" -}}
{{- with .pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "commonhold.pod" -}}
{{- include "commonhold.pullSecrets" (.image | default .root.Values.image) }}
{{- if .root.Values.priorityClasses.create }}
priorityClassName: commonhold-service
{{- end }}
securityContext:
  {{- include "commonhold.podSecurity" .root | nindent 2 }}
{{- include "commonhold.scheduling" .root }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ .root.Values.topologyKey }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "commonhold.selector" . | nindent 8 }}
    # Else a new replica keeps away from old ones that are about to go, and after an upgrade two share a node.
    matchLabelKeys: [pod-template-hash]
{{- end }}

{{/* Where services may be; begins on a line of its own, or is nothing. */}}
{{- define "commonhold.scheduling" -}}
{{- range $field, $value := .Values.scheduling }}
{{- if $value }}
{{ $field }}:
  {{- toYaml $value | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "commonhold.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: {{ . }} }
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet: { path: /readyz, port: {{ . }} }
  periodSeconds: 2
livenessProbe:
  httpGet: { path: /healthz, port: {{ . }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/* Name and value; none where there is no value. */}}
{{- define "commonhold.env" -}}
{{- range $name := keys . | sortAlpha }}
{{- $value := get $ $name | toString }}
{{- if ne $value "" }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{/*
Of a service: what the chart says (`own`), then what its `extraEnv` adds (`extra`). Two of one name would leave it to Kubernetes which one holds.
*/}}
{{- define "commonhold.serviceEnv" -}}
{{- include "commonhold.env" .own }}
{{- $names := list }}
{{- range .extra }}
{{- if hasKey $.own .name }}
{{- fail (printf "\n\nThese values do not fit:\n- %s.extraEnv sets %s, which the chart itself sets: use the value that says it (docs/reference/chart-values.md).\n" $.part .name) }}
{{- end }}
{{- if has .name $names }}
{{- fail (printf "\n\nThese values do not fit:\n- %s.extraEnv sets %s twice: leave one.\n" $.part .name) }}
{{- end }}
{{- $names = append $names .name }}
- { name: {{ .name }}, value: {{ .value | quote }} }
{{- end }}
{{- end }}

{{/*
Of a container, as the API server stores them: amounts are text, and what is empty is left out. Who compares what was sent with what is
there would else see a difference for ever.
*/}}
{{- define "commonhold.resources" -}}
{{- $stored := dict }}
{{- range $kind, $amounts := . }}
{{- $texts := dict }}
{{- range $name, $amount := $amounts }}
{{- $_ := set $texts $name (toString $amount) }}
{{- end }}
{{- if $texts }}
{{- $_ := set $stored $kind $texts }}
{{- end }}
{{- end }}
{{- toYaml $stored }}
{{- end }}

{{/*
Annotations of what nobody can make again. Helm leaves it when the release goes or does not have it any more; Argo CD reads that as
`Delete=false` alone, and would still prune it.
*/}}
{{- define "commonhold.kept" -}}
helm.sh/resource-policy: keep
argocd.argoproj.io/sync-options: Prune=false,Delete=false
{{- end }}

{{- define "commonhold.keptFiles" -}}
{{- $kept := include "commonhold.kept" .root | fromYaml }}
{{- range $path, $_ := .root.Files.Glob .files }}
{{- range $text := splitList "\n---\n" ($.root.Files.Get $path) }}
{{- $object := fromYaml $text }}
{{- $_ := set $object.metadata "annotations" (merge $kept ($object.metadata.annotations | default dict)) }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Account and roles of one service, as they are generated, but for Secrets: of those it reads what `hostSecrets` names and nothing else, since beside
them lie the keys of governance and Helm's own. A role without any rule is left out.
*/}}
{{- define "commonhold.roles" -}}
{{- $names := .root.Values.hostSecrets }}
{{- $empty := list }}
{{- range $text := .root.Files.Get .file | replace "commonhold-system" .root.Release.Namespace | splitList "\n---\n" }}
{{- $object := fromYaml $text }}
{{- if hasKey $object "rules" }}
{{- $rules := list }}
{{- range $rule := $object.rules }}
{{- if not (has "secrets" ($rule.resources | default list)) }}
{{- $rules = append $rules $rule }}
{{- else if $names }}
{{- $rules = append $rules (merge (dict "resourceNames" $names) $rule) }}
{{- end }}
{{- end }}
{{- if not $rules }}
{{- $empty = append $empty $object.metadata.name }}
{{- end }}
{{- $_ := set $object "rules" $rules }}
{{- end }}
{{- $isLeftOut := and (has $object.kind (list "Role" "RoleBinding")) (has $object.metadata.name $empty) }}
{{- if not $isLeftOut }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Size of a claim (`name`): what it has where it is there, since none can shrink, and few can grow. Without a cluster to look at, and for a new
one, `size`.
*/}}
{{- define "commonhold.claimSize" -}}
{{- $there := lookup "v1" "PersistentVolumeClaim" .root.Release.Namespace .name -}}
{{ dig "spec" "resources" "requests" "storage" .size ($there | default dict) }}
{{- end }}

{{/* Of a quantity, in whole bytes. */}}
{{- define "commonhold.bytes" -}}
{{- $units := dict "" 1 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 }}
{{- $text := ternary (printf "%.0f" (float64 .)) (toString .) (or (kindIs "float64" .) (kindIs "int64" .) (kindIs "int" .)) }}
{{- mulf (regexFind "^[0-9.]+" $text | float64) (regexFind "[A-Za-z]*$" $text | get $units | float64) | int64 }}
{{- end }}

{{/* together, largest: what bodies of requests may take of the gateway's memory, in bytes; nothing where neither a value nor a limit says it. */}}
{{- define "commonhold.bodies" -}}
{{- with .Values.gateway }}
{{- $together := "" }}
{{- with .bodies.together }}{{ $together = include "commonhold.bytes" . }}{{ end }}
{{- with and (not $together) (dig "limits" "memory" "" .resources) }}{{ $together = div (include "commonhold.bytes" . | int64) 16 | max 2048 | toString }}{{ end }}
{{- $largest := "" }}
{{- with .bodies.largest }}{{ $largest = include "commonhold.bytes" . }}{{ end }}
{{- if and $together (not $largest) }}{{ $largest = min (div (int64 $together) 2) 33554432 | toString }}{{ end }}
{{- dict "together" $together "largest" $largest | toJson }}
{{- end }}
{{- end }}

{{/* Networks of hosts that may be asked though they are not public. */}}
{{- define "commonhold.hostAddresses" -}}
{{ concat .Values.cluster.networks .Values.operator.hostAddresses | uniq | join "," }}
{{- end }}

{{/* `host:port` by which models are had from the site's own registry; nothing where there is none. */}}
{{- define "commonhold.siteRegistry" -}}
{{- with .Values.siteRegistry -}}
{{- if .host -}}
{{ .host }}
{{- else if .enabled -}}
commonhold-registry.{{ $.Release.Namespace }}.svc.{{ $.Values.cluster.domain }}:11436
{{- end -}}
{{- end -}}
{{- end }}

{{/* Whether the site's registry in this cluster fetches by itself what deployments name. */}}
{{- define "commonhold.siteRegistryFills" -}}
{{ and .Values.siteRegistry.enabled .Values.siteRegistry.fill.enabled }}
{{- end }}

{{/* Ports on which it goes out, as JSON: those that are named, and those of registries that are. Plain http is port 80 where none is. */}}
{{- define "commonhold.fillerPorts" -}}
{{- $ports := list -}}
{{- range .Values.siteRegistry.fill.egressPorts }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- range concat .Values.operator.insecureRegistries .Values.operator.allowedAddresses -}}
{{- with regexFind "^(\\[.*\\]|[^:]+):[0-9]+$" . }}{{ $ports = append $ports (int (regexFind "[0-9]+$" .)) }}{{ end -}}
{{- end -}}
{{- range .Values.operator.insecureRegistries }}{{ if not (contains ":" .) }}{{ $ports = append $ports 80 }}{{ end }}{{ end -}}
{{ $ports | uniq | toJson }}
{{- end }}

{{/* With the site's own among them, unless it has TLS. */}}
{{- define "commonhold.insecureRegistries" -}}
{{- $site := include "commonhold.siteRegistry" . -}}
{{- $own := ternary (list $site) list (and (ne $site "") (not .Values.siteRegistry.tls)) -}}
{{ concat .Values.operator.insecureRegistries $own | uniq | join "," }}
{{- end }}

{{/* Addresses that registries and files may have (`.addresses`), with that of the site's registry in this cluster. */}}
{{- define "commonhold.registryAddresses" -}}
{{- $own := list -}}
{{- if and .root.Values.siteRegistry.enabled (not .root.Values.siteRegistry.host) -}}
{{- range .root.Values.cluster.networks }}{{ $own = append $own (printf "%s:11436" .) }}{{ end -}}
{{- end -}}
{{ concat .addresses $own | uniq | join "," }}
{{- end }}

{{/*
Of the site's registry. Hosts and services read; what is written comes through a port that only `kubectl port-forward` reaches. Ollama takes a
layer only from where `Location` says (its server/download.go); # is where it asked.
*/}}
{{- define "commonhold.siteRegistryConfiguration" -}}
version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: /var/lib/registry }
  maintenance:
    readonly: { enabled: {{ eq .mode "read" }} }
    uploadpurging: { enabled: {{ eq .mode "write" }}, age: 24h, interval: 1h, dryrun: false }
http:
  addr: {{ .address }}
  headers: { Location: ["#"] }
{{- end }}
