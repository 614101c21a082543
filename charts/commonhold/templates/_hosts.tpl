{{/*
The ModelHost of a machine (root, machine): where its Ollama is, and what its class says of it. Its memory is that of its limit, or what its Node tells
(labels as operator/hosts/hardware.ts reads them); where nothing is told, a word in its place that the API server refuses. `owner` is a shell's variable.
*/}}
{{- define "commonhold.modelHost" -}}
{{- $root := index . 0 }}{{ $machine := index . 1 }}
{{- $class := get $root.Values.ollama.classes $machine.class }}
{{- $cache := $machine.cache | default $class.cache }}
{{- $hardware := include "commonhold.hardware" . | fromYaml -}}
apiVersion: commonhold.dev/v1alpha1
kind: ModelHost
metadata: { name: {{ $machine.name }} }
spec:
  owner: $ME
  endpoint: { direct: { url: "http://commonhold-ollama-{{ $machine.name }}.{{ $root.Release.Namespace }}.svc.{{ $root.Values.cluster.domain }}:11434" } }
{{- if $hardware.isOfNode }}
  node: {{ $machine.node | quote }}
{{- end }}
  hardware:
    accelerator: {{ $hardware.accelerator }}
{{- if not $hardware.memory }}
    # As Ollama found it, for example 24Gi: kubectl -n {{ $root.Release.Namespace }} logs daemonset/commonhold-ollama-{{ $machine.name }} | grep 'inference compute'
{{- end }}
    memory: {{ $hardware.memory | default "MEMORY-THAT-IT-HAS" }}
{{- with $cache.size }}
    disk: {{ . }}
{{- end }}
  engine:
    parallel: {{ $class.parallel }}
    kvCacheType: {{ $class.kvCacheType }}
{{- if gt (int $class.maxLoaded) 0 }}
    maxLoadedModels: {{ $class.maxLoaded }}
{{- end }}
{{- end }}

{{/* accelerator; memory, where it is known; isOfNode: whether the Node says the same. */}}
{{- define "commonhold.hardware" -}}
{{- $root := index . 0 }}{{ $machine := index . 1 }}
{{- $class := get $root.Values.ollama.classes $machine.class }}
{{- $limits := (include "commonhold.ollamaResources" (list $class $machine) | fromYaml).limits | default dict }}
{{- $node := lookup "v1" "Node" "" $machine.node | default dict }}
{{- $labels := dig "metadata" "labels" dict $node }}
{{- $accelerator := "cpu" }}{{ $memory := "" }}
{{- if or (hasKey $class.env "NVIDIA_VISIBLE_DEVICES") (hasKey $limits "nvidia.com/gpu") (eq $class.runtimeClassName "nvidia") }}
{{- $accelerator = "nvidia" }}
{{- with get $labels "nvidia.com/gpu.memory" }}
{{- $memory = printf "%dMi" (mul (int .) (get $labels "nvidia.com/gpu.count" | default "1" | int)) }}
{{- end }}
{{- else if or (hasKey $limits "amd.com/gpu") (contains "rocm" $class.tagSuffix) }}
{{- $accelerator = "amd" }}
{{- with regexFind "^[0-9]+" (get $labels "amd.com/gpu.vram") }}
{{- $memory = printf "%dGi" (mul (int .) (get $limits "amd.com/gpu" | default "1" | int)) }}
{{- end }}
{{- else }}
{{- $memory = get $limits "memory" | default (dig "status" "capacity" "memory" "" $node) }}
{{- end -}}
accelerator: {{ $accelerator }}
memory: {{ $memory | quote }}
isOfNode: {{ and $memory (ne $memory (get $limits "memory")) | not | not }}
{{- end }}

{{/* A small model, in that namespace. */}}
{{- define "commonhold.firstModel" -}}
apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata: { name: smollm2, namespace: {{ . }} }
spec:
  model: { ollama: "smollm2:135m" }
  context: 4096
{{- end }}
