{{/* The configuration with what follows from other values, as JSON. */}}
{{- define "pratique.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $upstream := default dict $config.upstream -}}
{{- $url := required "config.upstream.url is needed, the registry behind: --set config.upstream.url=\"$(npm config get registry)\"" $upstream.url -}}
{{- if .Values.upstream.tokenSecret.name -}}
{{- $_ := set $upstream "token_env" "UPSTREAM_TOKEN" -}}
{{- end -}}
{{- if .Values.upstream.caConfigMap.name -}}
{{- $_ := set $upstream "ca_file" "/etc/pratique-ca/ca.crt" -}}
{{- end -}}
{{- $_ := set $config "upstream" $upstream -}}
{{- if .Values.signing.keySecret.name -}}
{{- $_ := set $config "signing" (dict "key_file" "/etc/pratique-signing/signing-key.pem") -}}
{{- end -}}
{{- $storage := default dict $config.storage -}}
{{- $_ := set $storage "data_dir" "/data" -}}
{{- $_ := set $config "storage" $storage -}}
{{- if and .Values.ingress.enabled (not $config.server.public_urls) -}}
{{- $_ := set $config.server "public_urls" (include "pratique.addresses" . | fromJsonArray) -}}
{{- end -}}
{{- toJson $config -}}
{{- end -}}

{{/* Under which addresses clients come in: the ingress's hosts, then the service's names. A JSON list. */}}
{{- define "pratique.addresses" -}}
{{- $addresses := list -}}
{{- if .Values.ingress.enabled -}}
{{- $encrypted := list -}}
{{- range .Values.ingress.tls -}}
{{- $encrypted = concat $encrypted (default list .hosts) -}}
{{- end -}}
{{- range .Values.ingress.hosts -}}
{{- $addresses = append $addresses (printf "%s://%s" (ternary "https" "http" (has . $encrypted)) .) -}}
{{- end -}}
{{- end -}}
{{- $scheme := include "pratique.scheme" . | lower -}}
{{- $port := int .Values.service.port -}}
{{- $suffix := ternary "" (printf ":%d" $port) (eq $port (ternary 443 80 (eq $scheme "https"))) -}}
{{- $short := printf "%s.%s" (include "pratique.fullname" .) .Release.Namespace -}}
{{- range list $short (printf "%s.svc" $short) (printf "%s.svc.cluster.local" $short) (include "pratique.fullname" .) -}}
{{- $addresses = append $addresses (printf "%s://%s%s" $scheme . $suffix) -}}
{{- end -}}
{{- toJson $addresses -}}
{{- end -}}

{{- define "pratique.scheme" -}}
{{- ternary "HTTPS" "HTTP" (not (empty .Values.config.server.tls_cert)) -}}
{{- end -}}

{{/* Ports that the pod must reach: those that are listed, and those of the addresses it is configured with. A JSON list. */}}
{{- define "pratique.egressPorts" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.egress.ports -}}
{{- $ports = append $ports (int .) -}}
{{- end -}}
{{- $addresses := concat (list .Values.config.upstream.url .Values.config.upstream.proxy) (default list .Values.config.upstream.allowed_hosts) -}}
{{- range .Values.config.namespaces -}}
{{- $addresses = concat $addresses (list .upstream) (default list .allowed_hosts) -}}
{{- end -}}
{{- range $addresses -}}
{{- if . -}}
{{- $parts := urlParse . -}}
{{- $written := regexFind ":[0-9]+$" $parts.host | trimPrefix ":" -}}
{{- $ports = append $ports (int (default (ternary "443" "80" (eq $parts.scheme "https")) $written)) -}}
{{- end -}}
{{- end -}}
{{- toJson (uniq $ports) -}}
{{- end -}}
