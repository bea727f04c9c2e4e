{{/*
TOML from values. Helm's own toToml writes whole numbers as 4873.0, which the server rightly refuses. A JSON string is a TOML
string, but for DEL, which TOML wants escaped.
*/}}
{{- define "pratique.toml" -}}
{{- range $section, $keys := . -}}
{{- if kindIs "map" $keys }}
[{{ $section }}]
{{- range $key, $value := $keys }}
{{- if not (kindIs "invalid" $value) }}
{{ $key }} = {{ include "pratique.toml.value" $value }}
{{- end }}
{{- end }}
{{ else if kindIs "slice" $keys -}}
{{- range $keys }}
[[{{ $section }}]]
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{ $key }} = {{ include "pratique.toml.value" $value }}
{{- end }}
{{- end }}
{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "pratique.toml.value" -}}
{{- if kindIs "map" . -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $pairs = append $pairs (printf "%s = %s" $key (include "pratique.toml.value" $value)) -}}
{{- end -}}
{{- end -}}
{ {{ join ", " $pairs }} }
{{- else if kindIs "slice" . -}}
{{- $items := list -}}
{{- range . -}}
{{- $items = append $items (include "pratique.toml.value" .) -}}
{{- end -}}
[{{ join ", " $items }}]
{{- else if kindIs "string" . -}}
{{- toJson . | replace "\x7f" "\\u007F" -}}
{{- else if kindIs "bool" . -}}
{{- . -}}
{{- else -}}
{{- int64 . -}}
{{- end -}}
{{- end -}}
