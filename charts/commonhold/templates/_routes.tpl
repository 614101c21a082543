{{/*
Ways in from outside to one of our services: an Ingress, or a route of the Gateway API. `name` of the object, `part` and `port` of the Service, `path`
(left out: everything), `values` as people write them. Begins with a line `---`, or is nothing.
*/}}
{{- define "commonhold.ingress" -}}
{{- $route := . }}
{{- with .values.ingress }}
{{- if .enabled }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $route.name }}
  namespace: {{ $route.root.Release.Namespace }}
  labels:
    app.kubernetes.io/name: {{ $route.part }}
    {{- include "commonhold.labels" $route.root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .className }}
  ingressClassName: {{ . }}
  {{- end }}
  tls:
    - { hosts: [{{ .host | quote }}], secretName: {{ .tlsSecret }} }
  rules:
    - host: {{ .host | quote }}
      http:
        paths:
          - path: {{ $route.path | default "/" }}
            pathType: {{ ternary "Exact" "Prefix" (hasKey $route "path") }}
            backend: { service: { name: commonhold-{{ $route.part }}, port: { name: http } } }
{{- end }}
{{- end }}
{{- end }}

{{- define "commonhold.httpRoute" -}}
{{- $route := . }}
{{- with .values.httpRoute }}
{{- if .enabled }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ $route.name }}
  namespace: {{ $route.root.Release.Namespace }}
  labels:
    app.kubernetes.io/name: {{ $route.part }}
    {{- include "commonhold.labels" $route.root | nindent 4 }}
spec:
  parentRefs:
    - name: {{ .gateway.name }}
      {{- with .gateway.namespace }}
      namespace: {{ . }}
      {{- end }}
  hostnames:
    {{- toYaml .hostnames | nindent 4 }}
  rules:
    - backendRefs:
        - { name: commonhold-{{ $route.part }}, port: {{ $route.port }} }
      {{- with $route.path }}
      matches:
        - path: { type: Exact, value: {{ . }} }
      {{- else }}
      # A model may think for long before its first word.
      timeouts: { request: 0s }
      {{- end }}
{{- end }}
{{- end }}
{{- end }}
