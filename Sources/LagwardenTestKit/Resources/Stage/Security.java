import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/** ACLs, SCRAM users and quotas. */
class Security {
    static void register(Map<String, Stage.Command> all) {
        all.put("createACL", request -> {
            Stage.admin.createAcls(List.of(new AclBinding(pattern(request), entry(request)))).all().get();
            return true;
        });
        all.put("deleteACL", request -> Stage.admin.deleteAcls(List.of(
            new AclBinding(pattern(request), entry(request)).toFilter())).all().get().size());
        all.put("createUser", request -> {
            ScramMechanism mechanism = ScramMechanism.fromMechanismName(request.path("mechanism").asText());
            UserScramCredentialUpsertion change = new UserScramCredentialUpsertion(
                request.path("user").asText(), new ScramCredentialInfo(mechanism, 4096),
                request.path("password").asText());
            Stage.admin.alterUserScramCredentials(List.of(change)).all().get();
            return true;
        });
        all.put("alterQuota", request -> {
            ClientQuotaEntity entity = new ClientQuotaEntity(
                Map.of(ClientQuotaEntity.CLIENT_ID, request.path("client").asText()));
            Double limit = request.has("limit") ? Double.valueOf(request.path("limit").asText()) : null;
            ClientQuotaAlteration.Op change = new ClientQuotaAlteration.Op(request.path("quota").asText(), limit);
            Stage.admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(change)))).all().get();
            return true;
        });
    }

    static ResourcePattern pattern(JsonNode request) {
        return new ResourcePattern(ResourceType.fromString(request.path("resource").asText()),
            request.path("name").asText(),
            request.path("prefixed").asBoolean() ? PatternType.PREFIXED : PatternType.LITERAL);
    }

    static AccessControlEntry entry(JsonNode request) {
        return new AccessControlEntry(request.path("principal").asText(), "*",
            AclOperation.fromString(request.path("operation").asText()),
            request.path("deny").asBoolean() ? AclPermissionType.DENY : AclPermissionType.ALLOW);
    }
}
