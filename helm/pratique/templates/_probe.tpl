{{- define "pratique.probe" -}}
{{- $root := index . 0 -}}
httpGet:
  path: /-/pratique/health/{{ index . 1 }}
  port: http
  scheme: {{ include "pratique.scheme" $root }}
{{- end -}}
