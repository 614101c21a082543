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
{{- include "commonhold.pullSecrets" .root.Values.image }}
{{- if .root.Values.priorityClasses.create }}
priorityClassName: commonhold-service
{{- end }}
securityContext:
  {{- include "commonhold.podSecurity" .root | nindent 2 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ .root.Values.topologyKey }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "commonhold.selector" . | nindent 8 }}
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

{{/* Networks of hosts that may be asked though they are not public. */}}
{{- define "commonhold.hostAddresses" -}}
{{ concat .Values.cluster.networks .Values.operator.hostAddresses | uniq | join "," }}
{{- end }}
