{{/*
Why a machine's Ollama would not run, a line for each reason; nothing where all is well, or where there is no cluster to look at (`helm template`).
Kubernetes itself says none of it: a DaemonSet that fits no node wants no pod, and is content.
*/}}
{{- define "commonhold.waiting" -}}
{{- $nodes := dict }}
{{- range (lookup "v1" "Node" "" "").items }}{{ $_ := set $nodes .metadata.name . }}{{ end }}
{{- if $nodes }}
{{- range $machine := .Values.ollama.machines }}
{{- $class := get $.Values.ollama.classes .class }}
{{- with $class.runtimeClassName }}
{{- if not (lookup "node.k8s.io/v1" "RuntimeClass" "" .) }}
- {{ $machine.name }}: the cluster has no RuntimeClass {{ . }}, which class {{ $machine.class }} names (docs/guides/install.md, step 3).
{{- end }}
{{- end }}
{{- with get $nodes .node }}
{{- include "commonhold.nodeLacks" (dict "machine" $machine "class" $class "resources" (include "commonhold.ollamaResources" (list $class $machine) | fromYaml) "node" .) }}
{{- else }}
- {{ .name }}: the cluster has no node {{ .node }} (kubectl get nodes).
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "commonhold.nodeLacks" -}}
{{- $labels := .node.metadata.labels | default dict }}
{{- range $label, $value := .class.nodeSelector }}
{{- if ne (get $labels $label) $value }}
- {{ $.machine.name }}: node {{ $.machine.node }} has no label {{ $label }}={{ $value }}, which class {{ $.machine.class }} asks for.
{{- end }}
{{- end }}
{{- range $name, $_ := merge dict (.resources.limits | default dict) (.resources.requests | default dict) }}
{{- if not (hasKey $.node.status.allocatable $name) }}
- {{ $.machine.name }}: node {{ $.machine.node }} offers no {{ $name }}, of which class {{ $.machine.class }} asks for some; its device plugin counts them.
{{- end }}
{{- end }}
{{- range .node.spec.taints }}
{{- $taint := . }}
{{- $isTolerated := or (eq .effect "PreferNoSchedule") (hasPrefix "node.kubernetes.io/" .key) }}
{{- range $.class.tolerations }}
{{- $isKey := or (not .key) (eq .key $taint.key) }}
{{- $isEffect := or (not .effect) (eq .effect $taint.effect) }}
{{- $isValue := or (eq (.operator | default "Equal") "Exists") (eq (.value | default "") ($taint.value | default "")) }}
{{- if and $isKey $isEffect $isValue }}{{ $isTolerated = true }}{{ end }}
{{- end }}
{{- if not $isTolerated }}
- {{ $.machine.name }}: node {{ $.machine.node }} is tainted {{ .key }}:{{ .effect }}, which class {{ $.machine.class }} does not tolerate.
{{- end }}
{{- end }}
{{- end }}

{{- define "commonhold.ollamaResources" -}}
{{- $class := index . 0 }}{{ $machine := index . 1 -}}
{{- include "commonhold.resources" (mergeOverwrite (deepCopy $class.resources) ($machine.resources | default dict)) }}
{{- end }}

{{/* A line for each Secret that a host names and the services may not read; nothing where there is no cluster to look at, or no kind yet. */}}
{{- define "commonhold.unreadSecrets" -}}
{{- if .Capabilities.APIVersions.Has "commonhold.dev/v1alpha1/ModelHost" }}
{{- range $host := (lookup "commonhold.dev/v1alpha1" "ModelHost" "" "").items }}
{{- $direct := dig "spec" "endpoint" "direct" dict $host }}
{{- range $name := list (dig "bearerToken" "name" "" $direct) (dig "clientCertificate" "name" "" $direct) | compact | uniq }}
{{- if not (has $name $.Values.hostSecrets) }}
- {{ $host.metadata.name }} names the Secret {{ $name }}: add it to hostSecrets, if this host is to have it (docs/guides/hosts.md).
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
